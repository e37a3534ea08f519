//! `ci`: the whole gate, in order, stopping at the first failure.
//!
//! What builds and runs fast comes first. Clippy, rustdoc and the unit tests share the development
//! profile; the released command line is built once, and the network tests, the benches and the
//! swarms all use that one.

mod lanes;
mod loopback;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::{bench, deny, docs, fmt, fuzz, layers, lint, package, sim, swarm, test, tidy};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Begin at this step, after mending what failed there
    #[arg(long, value_name = "STEP")]
    from: Option<String>,
}

/// One step of the gate.
struct Step {
    name: &'static str,
    /// What to type to run this step alone.
    alone: &'static str,
    run: fn() -> Result<()>,
}

const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        alone: "cargo xtask fmt",
        run: || fmt::run(&fmt::Args { check: true }),
    },
    Step {
        name: "tidy",
        alone: "cargo xtask tidy",
        run: tidy::run,
    },
    Step {
        name: "layers",
        alone: "cargo xtask layers",
        run: layers::run,
    },
    Step {
        name: "package",
        alone: "cargo xtask package",
        run: package::run,
    },
    Step {
        name: "lint",
        alone: "cargo xtask lint",
        run: lint::run,
    },
    Step {
        name: "docs",
        alone: "cargo xtask docs --check",
        run: || docs::run(&docs::Args { check: true }),
    },
    Step {
        name: "deny",
        alone: "cargo xtask deny",
        run: deny::run,
    },
    Step {
        name: "test",
        alone: "cargo xtask test --slow",
        run: tests,
    },
    Step {
        name: "swarm",
        alone: "cargo xtask swarm 3",
        run: || swarm::run(&swarm::Args::quiet(3)),
    },
    Step {
        name: "loopback",
        alone: "unshare --net sh -c 'ip link set lo up && cargo xtask swarm 3'",
        run: loopback::run,
    },
    // One run of each scenario; twenty are for whoever changes the mesh.
    Step {
        name: "sim",
        alone: "cargo xtask sim --seeds 1",
        run: || sim::run(&sim::Args::short()),
    },
    Step {
        name: "bench",
        alone: "cargo xtask bench",
        run: || bench::run(&bench::Args::default()),
    },
    Step {
        name: "fuzz",
        alone: "cargo xtask fuzz --smoke",
        run: || fuzz::run(&fuzz::Args::smoke()),
    },
];

pub(crate) fn run(args: &Args) -> Result<()> {
    let first = match &args.from {
        None => 0,
        Some(name) => STEPS
            .iter()
            .position(|step| step.name == name)
            .with_context(|| {
                let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
                format!("no step `{name}`; there are: {}", names.join(", "))
            })?,
    };
    let began = Instant::now();
    let mut times = Vec::new();
    for step in &STEPS[first..] {
        println!("\n=== {} ===", step.name);
        let at = Instant::now();
        (step.run)().with_context(|| {
            let (name, alone, elapsed) = (step.name, step.alone, seconds(at.elapsed()));
            format!("step `{name}` failed after {elapsed}; to run it alone: {alone}\n  because")
        })?;
        println!("=== {} ok, {} ===", step.name, seconds(at.elapsed()));
        times.push((step.name, at.elapsed()));
    }
    println!("\nThe gate is passed in {}:", seconds(began.elapsed()));
    for (name, time) in times {
        println!("  {name:<9} {:>8}", seconds(time));
    }
    Ok(())
}

/// All tests. One whose lane is closed skips itself, which nobody would see: so it is said first.
fn tests() -> Result<()> {
    lanes::announce_closed()?;
    test::nextest(&test::Args {
        slow: true,
        arguments: Vec::new(),
    })
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
