//! Nothing that is said, typed or asked for in secret is in what a log could be given.

use tazcom_tui::{Answer, Input, Output, Place};

use crate::stage::{Stage, ana, config, id, lobby, plain, said};

#[test]
fn what_is_said_typed_and_kept_stays_out_of_a_log() {
    for config in [config(), plain()] {
        let mut stage = Stage::with(config);
        stage.say(said(lobby(), ana(), 1, "sesame"));
        stage.say(said(Place::Person(id(1)), ana(), 2, "sesame"));
        stage.line("sesame");
        stage.write("sesame");
        stage.pass(60 * crate::stage::SECOND);
        let app = format!("{:?} {:?} {:?}", stage.app, stage.asked, stage.kept);
        assert!(app.starts_with("App") && !app.contains("sesame"), "{app}");
        stage.enter("/enter crew");
        stage.write("sesame");
        assert!(!format!("{:?}", stage.app).contains("sesame"));
    }
    let sesame = || "sesame".to_owned();
    let shown = format!(
        "{:?} {:?} {:?} {:?} {:?}",
        Output::Print(sesame()),
        Output::Notify(sesame()),
        Answer::Text(sesame()),
        Answer::Refused(sesame()),
        Input::Line(sesame()),
    );
    assert_eq!(shown, "Print Notify Text Refused Line");
}
