//! Every size can be drawn.

use proptest::prelude::*;

use super::{Scene, drawn, text};
use crate::model::{Overlay, Palette, Scroll};
use crate::settings::Theme;
use crate::view::layout::{hit, panes};
use crate::view::measure::columns;

fn overlays() -> impl Strategy<Value = Option<Overlay>> {
    prop_oneof![Just(0_u8), Just(1), Just(2), Just(3)]
        .prop_flat_map(|kind| (Just(kind), any::<u16>()))
        .prop_map(|(kind, scroll)| match kind {
            0 => None,
            1 => Some(Overlay::Help { scroll }),
            2 => Some(Overlay::Doctor { scroll }),
            _ => Some(Overlay::Text {
                title: "日本語".repeat(9),
                text: "👩‍👩‍👧‍👧 wide\n".repeat(30),
                scroll,
            }),
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn every_size_can_be_drawn(
        width in 1_u16..=250,
        height in 1_u16..=100,
        overlay in overlays(),
        rooms in any::<Option<bool>>(),
        people in any::<Option<bool>>(),
        ascii in any::<bool>(),
        alerts in 0_usize..3,
        scroll in any::<Option<(u8, u8)>>(),
    ) {
        let mut scene = Scene::new(width, height).hostile().look(Theme::Dark, ascii);
        scene.model.overlay = overlay;
        scene.model.folds.rooms = rooms;
        scene.model.folds.people = people;
        for _ in 0..alerts {
            scene = scene.alert("日本語 is not who it says, and this is rather long to be read at once");
        }
        scene.model.palette = Some(Palette {
            entries: vec![("/join #room".to_owned(), "enter a room".to_owned()); 12],
            chosen: Some(11),
        });
        if let Some((index, row)) = scroll {
            scene.model.talks[0].scroll = Scroll::At { index: index.into(), row: row.into() };
        }
        let buffer = drawn(&scene.model);
        // A row is as wide as the screen, wide signs and all.
        for row in 0..height {
            let mut column = 0;
            while column < width {
                let wide = buffer.cell((column, row)).map_or(0, |cell| columns(cell.symbol()));
                column += u16::try_from(wide.max(1)).unwrap();
            }
            prop_assert_eq!(column, width);
        }
        hit(&scene.model, width / 2, height / 2);
    }

    #[test]
    fn panes_share_the_screen_and_nothing_overlaps(
        width in 20_u16..=250,
        height in 6_u16..=100,
        rooms in any::<Option<bool>>(),
        people in any::<Option<bool>>(),
    ) {
        let mut scene = Scene::new(width, height).hostile().alert("alert");
        scene.model.folds.rooms = rooms;
        scene.model.folds.people = people;
        let panes = panes(&scene.model);
        let all: Vec<_> = [
            panes.alert, panes.rooms, Some(panes.title), Some(panes.timeline), panes.people,
            panes.palette, Some(panes.input), Some(panes.status), panes.keys,
        ].into_iter().flatten().filter(|area| !area.is_empty()).collect();
        for (at, area) in all.iter().enumerate() {
            prop_assert!(area.right() <= width && area.bottom() <= height);
            for other in all.iter().skip(at + 1) {
                prop_assert!(!area.intersects(*other), "{area:?} {other:?}");
            }
        }
        prop_assert!(panes.input.height > 0 && panes.status.height > 0);
        prop_assert!(panes.alert.is_some());
    }
}

#[test]
fn what_is_too_small_says_so() {
    for size in [(19, 24), (80, 5)] {
        let scene = Scene::new(size.0, size.1);
        assert!(text(&drawn(&scene.model))[0].starts_with("too small"));
    }
    // Or as much of it as there is room for.
    assert_eq!(text(&drawn(&Scene::new(1, 1).model)), ["t"]);
}
