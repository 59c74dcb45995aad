//! A real mailbox: a letter read, its PDF, a draft typed on the on-screen keyboard; the cookie, the
//! ticket and the search of every file of the machine.

use super::traces::{PAGE, Traces, still, wait_until_gone};
use borne_harness::agents::agent;
use borne_harness::groupware;
use borne_harness::letters::Letter;
use borne_harness::report::attempt;
use borne_harness::screen::Region;
use borne_harness::settings::Settings;
use borne_harness::stolen::Stolen;
use borne_harness::touch::Keyboard;
use borne_harness::visit::{INBOX, SCREEN, Visit};
use borne_harness::world::{say, world};
use borne_harness::{thief, wait_for};
use borne_ipc::Role;
use std::time::Duration;

/// "Open" on the attachment of a letter of three lines.
const OPEN_PDF: (u32, u32) = (773, 456);
/// Where the recipient is typed, while the keyboard is there.
const RECIPIENT: Region = Region { x: 272, y: 165, width: 300, height: 30 };
/// SOGo has forgotten the cookie by then.
const REFUSED: Duration = Duration::from_secs(5);

#[test]
fn of_a_mailbox_nothing_is_left() {
    let world = world(Settings::default());
    let agent = agent("e.benali");
    let wiped = attempt(
        24,
        "a letter, its PDF, a draft typed on the on-screen keyboard, cookies and the login ticket; then every file of the machine",
    );
    let replayed = attempt(
        26,
        "the session's own cookie, taken from memory, is presented to the groupware after the logout",
    );
    let logs = attempt(
        53,
        "words, name, PIN, badge number, cookies and ticket in all logs of terminal and gateway, and in any file",
    );
    let mut traces = Traces::without_a_page(&agent);
    let [subject, text, pdf] = ["subject", "letter", "PDF"].map(|name| traces.word(name));
    let three = |word: &str| [word; 3].join(" ");
    let pdf_text = three(&pdf).replace('é', "e");
    traces.add("PDF", &pdf.replace('é', "e"));
    let letter = format!("Bonjour,\nle mot est {} et voilà.\nAu revoir", three(&text));
    let _letter =
        Letter::to(world.hall.town(), &agent, &[subject.as_str(); 2].join(" "), &letter, &pdf_text);

    let mut visit = Visit::at(&world.terminal);
    traces.log_in(&world, &mut visit, &agent);
    // Both are used up by now. The gateway keeps the groupware's until the session is forgotten:
    // the logout must name it.
    for value in thief::after(&world.terminal.processes_of(Role::Browser), "ticket=") {
        traces
            .add(if value.starts_with("ST-") { "service ticket" } else { "login ticket" }, &value);
    }
    let page =
        visit.wait_for_picture("the inbox", INBOX, |frame| groupware::shows_inbox(frame, 100));
    visit.click(page.first_message());
    visit.wait_for_picture("the letter", INBOX, |frame| {
        (groupware::ink(frame, page.reading()) > 1500).then_some(())
    });
    traces.add_picture("letter", &still(&visit), page.reading(), 20);
    traces.look(&world);
    visit.click(OPEN_PDF);
    visit.wait_for_picture("the PDF", INBOX, |frame| {
        let shown = groupware::shows_inbox(frame, 100).is_none()
            && groupware::ink(frame, page.reading()) > 300;
        shown.then_some(())
    });
    traces.add_picture("file", &still(&visit), PAGE, 10);
    traces.look(&world);
    visit.click(page.back());
    let at = visit.wait_for_picture("the button to write", INBOX, groupware::compose);
    let stolen = Stolen::from(&world, &agent);
    traces.add("SOGo's cookie", stolen.value());
    let typed = draft(&mut visit, page, at);
    traces.add("typed text", &typed);
    traces.look(&world);
    traces.all_were_found();

    let browser = world.terminal.processes_of(Role::Browser);
    visit.log_out();
    wait_until_gone(&browser);
    traces.nothing_is_left(&world, "a mailbox");
    stolen.wait_until_refused(&world, REFUSED);
    replayed.held();
    say(&format!(
        "wipe: none of it in {} files that have changed",
        traces.nothing_is_in_any_file(&world)
    ));
    logs.held();
    wiped.held();
}

/// Opens the editor and types into the field that has the focus; what was typed.
fn draft(visit: &mut Visit, page: groupware::Layout, compose: (u32, u32)) -> String {
    visit.click(compose);
    drop(still(visit));
    visit.click(page.compose_here(compose));
    visit.wait_for_picture("the on-screen keyboard", INBOX, Keyboard::seen);
    drop(still(visit));
    let typed = "zwqvkjxhyd";
    let ink = |visit: &Visit| {
        visit.wait_for_picture("the field", SCREEN, |frame| Some(groupware::ink(frame, RECIPIENT)))
    };
    let empty = ink(visit);
    visit.type_text(typed);
    wait_for("the typed text", SCREEN, || ink(visit) > empty + 80);
    drop(still(visit));
    typed.to_owned()
}
