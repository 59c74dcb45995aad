//! Letters with what people really send: photos of telephones, on a board with 1 GB.

use borne_harness::agents::{Agent, agent};
use borne_harness::board::{self, Board, CAGE_MIB};
use borne_harness::pictures::{self, Jpeg, PHONES, Size};
use borne_harness::post::Letter;
use borne_harness::screen::{Frame, Region};
use borne_harness::settings::Settings;
use borne_harness::visit::{INBOX, Visit};
use borne_harness::world::{World, say, world};
use borne_harness::{groupware, wait_for};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// From the touch on a letter to its last picture, on a busy machine.
const SHOWN: Duration = Duration::from_secs(60);
/// Where SOGo shows a letter with its pictures, three in a row.
const LETTER: Region = Region { x: 660, y: 340, width: 600, height: 450 };
/// Pixels of the smallest preview of a picture.
const PREVIEW: usize = 15_000;

/// A kind of picture: name, media type, content, and how it looks.
type Photo = (&'static str, &'static str, Vec<u8>, [u8; 3]);

fn photo(kind: &str, size: Size) -> Photo {
    let green = [88, 255, 57];
    match kind {
        "jpeg" => ("p.jpg", "image/jpeg", pictures::jpeg(Jpeg::Baseline, size), green),
        "progressive" => ("p.jpg", "image/jpeg", pictures::jpeg(Jpeg::Progressive, size), green),
        "png" => ("p.png", "image/png", pictures::png(size), [230, 120, 20]),
        "webp" => ("p.webp", "image/webp", pictures::webp(size), [30, 90, 220]),
        _ => ("p.gif", "image/gif", pictures::gif(size, 10), [200, 20, 20]),
    }
}

/// So many pixels of about this colour.
fn shown(frame: &Frame, colour: [u8; 3]) -> usize {
    let near = |pixel: [u8; 3]| pixel.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 8);
    groupware::count(frame, LETTER, near)
}

/// Opens the newest letter of an inbox on a board with 1 GB.
fn open(world: &World, agent: &Agent) -> Board {
    world.wait_for_standby();
    let board = Board::around_the_session();
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(agent);
    let page =
        visit.wait_for_picture("the inbox", INBOX, |frame| groupware::shows_inbox(frame, 100));
    visit.click(page.first_message());
    board
}

#[test]
fn six_photos_of_a_telephone_open_on_a_board_with_one_gigabyte() {
    let world = world(Settings::default());
    let agent = agent("a.martin");
    let [small, middle, large, _, largest] = PHONES;
    for (kind, size) in [
        ("jpeg", small),
        ("jpeg", large),
        ("jpeg", largest),
        ("progressive", middle),
        ("progressive", largest),
        ("png", middle),
        ("webp", small),
        ("gif", small),
    ] {
        let (name, media_type, content, colour) = photo(kind, size);
        let letter = (0..6).fold(Letter::new("Photos", "<p>Photos</p>"), |letter, _| {
            letter.inline(name, media_type, &content)
        });
        let _number = letter.deliver(world.hall.town(), &agent);
        let _board = open(&world, &agent);
        let mut most = 0;
        wait_for(&format!("six pictures ({kind}, {size:?})"), SHOWN, || {
            most = most.max(board::session_mib());
            let seen = shown(&world.terminal.look(), colour);
            if seen > 6 * PREVIEW { Ok(()) } else { Err((seen, world.terminal.state())) }
        });
        say(&format!("documents: six of {size:?} ({kind}) take {most} MiB"));
        assert!(most < CAGE_MIB, "{most} MiB");
        assert_eq!(world.terminal.state().as_deref(), Some("Active"));
        picture(&world, &format!("six-{kind}-{}", size.0));
        Visit::here(&world.terminal).log_out();
    }
    world.rest();
}

#[test]
fn a_picture_that_no_board_can_hold_says_so_in_its_place() {
    let world = world(Settings::default());
    let agent = agent("a.martin");
    for (kind, size) in [("webp", (16000, 16000)), ("png", (12000, 9000)), ("jpeg", (26000, 20000))]
    {
        let (name, media_type, content, _) = photo(kind, size);
        let letter = Letter::new("Plan", "<p>Plan</p>").inline(name, media_type, &content);
        let _number = letter.deliver(world.hall.town(), &agent);
        let _board = open(&world, &agent);
        wait_for("words in the place of the picture", SHOWN, || {
            let seen = shown(&world.terminal.look(), [0xff, 0xf3, 0xd6]);
            if seen > PREVIEW / 2 { Ok(()) } else { Err(seen) }
        });
        picture(&world, &format!("words-{kind}"));
        assert_eq!(world.terminal.state().as_deref(), Some("Active"));
        Visit::here(&world.terminal).log_out();
    }
    world.rest();
}

#[test]
fn emoji_of_a_letter_have_a_font() {
    // Of Unicode 6 (2010) to 14 (2021).
    for letter in ['😀', '👍', '🎉', '📎', '❤', '🤣', '🥰', '🫶'] {
        let query = format!(":charset={:x}", u32::from(letter));
        let found = Command::new("fc-list").arg(&query).output().expect("run fc-list");
        assert!(!found.stdout.is_empty(), "no font has {letter}");
    }
    let world = world(Settings::default());
    let agent = agent("a.martin");
    let text = "<p style='font-size:80px'>👍 🎉 📎 🤣</p>";
    let _number = Letter::new("Merci 🎉", text).deliver(world.hall.town(), &agent);
    let _board = open(&world, &agent);
    wait_for("the emoji, darker or more colourful than empty boxes", INBOX, || {
        let frame = world.terminal.look();
        let spread =
            |[red, green, blue]: [u8; 3]| red.max(green).max(blue) - red.min(green).min(blue);
        let bright = |pixel: [u8; 3]| spread(pixel) > 60;
        let seen = groupware::ink(&frame, LETTER) + groupware::count(&frame, LETTER, bright);
        if seen > 3000 { Ok(()) } else { Err(seen) }
    });
    picture(&world, "emoji");
    Visit::here(&world.terminal).log_out();
    world.rest();
}

/// For whoever wants to see what was claimed.
fn picture(world: &World, name: &str) {
    let directory = Path::new("/var/tmp/borne/documents");
    std::fs::create_dir_all(directory).expect("a directory for pictures");
    let path = directory.join(format!("{name}.png"));
    world.terminal.look().save(&path).expect("save a picture");
}
