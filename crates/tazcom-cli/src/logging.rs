//! What the inner workings tell, and the last word of a program that failed: both on standard
//! error, apart from the log of the node itself.

use std::fmt;

use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config_file::LogLevel;
use crate::exit_code::Failure;
use crate::output::printer;

/// Told when nothing else was asked for: what a person should see even without `--log`.
const DEFAULT: LogLevel = LogLevel::Warn;

/// Starts telling. Only our own crates are heard: others know nothing of what must not be told.
pub(crate) fn init(level: Option<LogLevel>) {
    let level = match level.unwrap_or(DEFAULT) {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let layer = tracing_subscriber::fmt::layer()
        .event_format(LikeTheLog)
        .with_writer(printer::Trace::default)
        .with_ansi(false);
    tracing_subscriber::registry()
        .with(layer)
        .with(Targets::new().with_target("tazcom", level))
        .init();
}

/// Says why the program ends.
pub(crate) fn complain(failure: &Failure) {
    printer::tell(format!("error: {failure}\n"));
}

/// Says something beside the data, to people.
pub(crate) fn remark(texts: Vec<String>) {
    for text in texts {
        printer::tell(format!("{text}\n"));
    }
}

/// `[HH:MM:SS] [LEVEL] target: what happened`.
struct LikeTheLog;

impl<S, N> FormatEvent<S, N> for LikeTheLog
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        let time = jiff::Zoned::now().strftime("%H:%M:%S").to_string();
        let level = match *metadata.level() {
            Level::ERROR => "ERROR",
            Level::WARN => "WARN",
            Level::INFO => "INFO",
            Level::DEBUG => "DEBUG",
            Level::TRACE => "TRACE",
        };
        write!(writer, "[{time}] [{level:<5}] {}: ", metadata.target())?;
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}
