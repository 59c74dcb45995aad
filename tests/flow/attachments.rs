//! What is attached to letters, and what links in them lead to: each is shown, or words say what to
//! do.

use borne_harness::agents::agent;
use borne_harness::letters;
use borne_harness::pictures::{self, Jpeg};
use borne_harness::post::Letter;
use borne_harness::screen::{Frame, Region};
use borne_harness::settings::Settings;
use borne_harness::touch::{self, Point};
use borne_harness::visit::{INBOX, SCREEN, Visit};
use borne_harness::world::{World, world};
use borne_harness::{groupware, wait_for};
use std::path::Path;

/// SOGo's buttons "open" and "download" of the first attachments of a short letter, from left to
/// right.
const OPEN: [Point; 3] = [(773, 454), (969, 454), (1164, 454)];
const DOWNLOAD: [Point; 3] = [(825, 454), (1021, 454), (1216, 454)];
/// What a document shows, below its strip.
const SHOWN: Region = Region { x: 0, y: 130, width: 1280, height: 670 };
/// "Retour" above a document.
const STRIP: Point = (100, 86);

/// Green as `pictures::jpeg` and the PDF below.
fn green(frame: &Frame) -> bool {
    let green = |[red, green, blue]: [u8; 3]| green > 180 && red < 110 && blue < 80;
    groupware::count(frame, SHOWN, green) > 60_000
}

/// Logs in and opens the letter.
fn reading<'a>(world: &'a World, letter: &Letter) -> Visit<'a> {
    let agent = agent("a.martin");
    let _number = letter.deliver(world.hall.town(), &agent);
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent);
    let page =
        visit.wait_for_picture("the inbox", INBOX, |frame| groupware::shows_inbox(frame, 100));
    visit.click(page.first_message());
    visit.wait_for_picture("the letter", INBOX, |frame| {
        let text = Region { x: 660, y: 200, width: 600, height: 280 };
        (groupware::ink(frame, text) > 1500).then_some(())
    });
    visit
}

/// Waits for words below the bar, keeps the picture, and touches their button.
fn dismiss(world: &World, visit: &mut Visit<'_>, what: &str) {
    let button = visit.wait_for_picture(what, INBOX, touch::notice);
    picture(world, what);
    visit.click(button);
    visit.wait_for_picture("the words gone", SCREEN, |frame| {
        touch::notice(frame).is_none().then_some(())
    });
    assert_eq!(world.terminal.state().as_deref(), Some("Active"));
}

#[test]
fn a_file_is_opened_by_what_it_is_and_not_by_what_it_is_called() {
    let world = world(Settings::default());
    let (octets, jpeg) = ("application/octet-stream", pictures::jpeg(Jpeg::Baseline, (800, 600)));
    let letter = Letter::new("Pieces", "<p>Voir les pièces jointes.</p>")
        .attach("compte-rendu.pdf", octets, &pdf(""))
        .attach("photo.jpg", "application/x-inconnu", &jpeg)
        .attach("plan.docx", "application/pdf.docx", &pdf(""));
    let mut visit = reading(&world, &letter);
    for (n, at) in OPEN.into_iter().chain(DOWNLOAD).enumerate() {
        visit.click(at);
        wait_for(&format!("the document of button {n}"), INBOX, || {
            let seen = world.terminal.look();
            if green(&seen) { Ok(()) } else { Err(touch::notice(&seen).is_some()) }
        });
        picture(&world, &format!("by-its-bytes-{n}"));
        visit.click(STRIP);
        wait_for("the letter again", SCREEN, || !green(&world.terminal.look()));
    }
    visit.log_out();
    world.rest();
}

#[test]
fn an_office_document_ends_in_words_that_say_what_to_do_and_the_letter_stays() {
    let world = world(Settings::default());
    let zip = b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml";
    let letter = Letter::new("Bureau", "<p>Voir les pièces jointes.</p>")
        .attach(
            "note.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            zip,
        )
        .attach("budget.ods", "application/octet-stream", zip)
        .attach("photo.heic", "image/heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic");
    let mut visit = reading(&world, &letter);
    for (n, at) in OPEN.into_iter().chain(DOWNLOAD).enumerate() {
        visit.click(at);
        dismiss(&world, &mut visit, &format!("words about document {n}"));
    }
    visit.log_out();
    world.rest();
}

/// The letter's one large link.
fn link(frame: &Frame) -> Option<Point> {
    let (left, top) = (660, 340);
    let blue = |at: &Point| {
        let [red, green, blue] = frame.pixel(at.0, at.1);
        blue > 180 && red < 90 && green < 90
    };
    let found: Vec<Point> = (top..top + 150)
        .flat_map(|y| (left..left + 500).map(move |x| (x, y)))
        .filter(blue)
        .collect();
    (found.len() > 300).then(|| found[found.len() / 2])
}

fn letter_with(link: &str) -> Letter {
    Letter::new(
        "Lien",
        &format!("<p><a href='{link}'><span style='font-size:60px'>CONTACT</span></a></p>"),
    )
}

#[test]
fn a_mail_address_in_a_letter_opens_the_groupwares_own_editor() {
    let world = world(Settings::default());
    let letter = letter_with("mailto:d.nguyen@mairie.example?subject=Bonjour");
    let mut visit = reading(&world, &letter);
    let at = visit.wait_for_picture("the link", SCREEN, link);
    let before = world.terminal.look();
    visit.click(at);
    wait_for("the editor", INBOX, || {
        let seen = world.terminal.look();
        let strip = Region { x: 20, y: 66, width: 140, height: 40 };
        touch::notice(&seen).is_none()
            && seen.cut(strip) != before.cut(strip)
            && groupware::ink(&seen, SHOWN) > 1000
    });
    wait_for("the picture to rest", SCREEN, || {
        let seen = world.terminal.look();
        picture(&world, "mailto");
        seen.cut(SHOWN) == world.terminal.look().cut(SHOWN)
    });
    assert_eq!(world.terminal.state().as_deref(), Some("Active"));
    visit.log_out();
    world.rest();
}

#[test]
fn a_number_in_a_pdf_is_for_a_telephone() {
    let world = world(Settings::default());
    let link = "<</Type/Annot/Subtype/Link/Rect[0 0 600 800]/Border[0 0 0]/A<</S/URI/URI(tel:+33123456789)>>>>";
    let letter = Letter::new("Permanence", "<p>Voir la pièce jointe.</p>").attach(
        "permanence.pdf",
        "application/pdf",
        &pdf(link),
    );
    let mut visit = reading(&world, &letter);
    visit.click(OPEN[0]);
    wait_for("the document", INBOX, || green(&world.terminal.look()));
    wait_for("the picture to rest", SCREEN, || {
        world.terminal.look().cut(SHOWN) == world.terminal.look().cut(SHOWN)
    });
    visit.click((640, 440));
    dismiss(&world, &mut visit, "words about a telephone");
    visit.log_out();
    world.rest();
}

#[test]
fn a_form_in_a_pdf_takes_no_words_that_would_be_lost() {
    let world = world(Settings::default());
    let letter = Letter::new("Formulaire", "<p>Voir la pièce jointe.</p>").attach(
        "formulaire.pdf",
        "application/pdf",
        &pdf("<</Type/Annot/Subtype/Widget/FT/Tx/T(nom)/V(Durand)/Rect[50 300 550 500]/DA(/Helv 40 Tf 0 g)/F 4>>"),
    );
    let mut visit = reading(&world, &letter);
    visit.click(OPEN[0]);
    let banner = Region { x: 0, y: 730, width: 1280, height: 70 };
    visit.wait_for_picture("the line that says why", INBOX, |frame| {
        let ours = |pixel: [u8; 3]| pixel == [0x1d, 0x3c, 0x6a];
        (groupware::count(frame, banner, ours) > 40_000).then_some(())
    });
    picture(&world, "form");
    visit.click((640, 520));
    let keyboard = borne_harness::try_wait_for("the keyboard", SCREEN, || {
        touch::Keyboard::seen(&world.terminal.look()).is_some()
    });
    picture(&world, "form-touched");
    assert!(keyboard.is_err(), "the form takes words");
    visit.click(STRIP);
    visit.log_out();
    world.rest();
}

/// A green page, with one annotation that is a field of a form when it is not empty.
fn pdf(annotation: &str) -> Vec<u8> {
    let annotation = Some(annotation).filter(|annotation| !annotation.is_empty());
    let form = annotation.map_or("", |_| "/AcroForm<</Fields[5 0 R]/DA(/Helv 0 Tf 0 g)>>");
    letters::pdf_page(form, "0.3 0.8 0.1 rg 0 0 600 800 re f", annotation)
}

/// For whoever wants to see what was claimed.
fn picture(world: &World, name: &str) {
    let directory = Path::new("/var/tmp/borne/documents");
    std::fs::create_dir_all(directory).expect("a directory for pictures");
    let path = directory.join(format!("{}.png", name.replace(' ', "-")));
    world.terminal.look().save(&path).expect("save a picture");
}
