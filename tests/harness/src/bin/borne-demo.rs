//! `borne-demo [WIDTHxHEIGHT]`: one agent's visit and the next one's, by a script (`make demo`).
//! Every step waits for what it claims; pictures and `timeline.json` are left under target/demo.

#![allow(clippy::print_stdout, clippy::expect_used)]

use borne_harness::agents::{agent, repository};
use borne_harness::groupware::{self, Layout, middle};
use borne_harness::hall::Hall;
use borne_harness::panel;
use borne_harness::screen::{Frame, Region};
use borne_harness::settings::{Settings, size};
use borne_harness::terminal::Terminal;
use borne_harness::touch::{self, Keyboard, Point};
use borne_harness::visit::{INBOX, SCREEN, Visit};
use borne_harness::wait_for;
use serde::Serialize;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const PAGE: Duration = Duration::from_secs(20);
/// Short, so that the countdown comes while one looks; longer than any page takes to come.
const IDLE_S: u64 = 15;
const COUNTDOWN_S: u64 = 10;
/// How long something that slid in must have been still.
const STILL: Duration = Duration::from_millis(300);
/// No letter comes any more: the keyboard may hold one back for 0.4 s, and the caret hides one's ink
/// for half a second.
const TYPED: Duration = Duration::from_millis(1000);
/// Who writes, to whom, and what.
const WRITER: &str = "a.martin";
const READER: &str = "e.benali";
const RECIPIENT: &str = "éliane";
const SUBJECT: &str = "Goûter de l'école";
const TEXT: &str = "Bonjour Éliane,\nle goûter est prêt à 16 h.\nÀ bientôt";
/// Of the text, as it stands in a message however that writes its accents.
const LAST_WORD: &str = "bient";

#[derive(Serialize)]
struct Step {
    step: String,
    at_ms: u128,
    picture: String,
}

struct Demo<'a> {
    hall: &'a Hall,
    terminal: &'a Terminal,
    visit: Visit<'a>,
    zoom: u16,
    begun: Instant,
    directory: PathBuf,
    steps: Vec<Step>,
}

fn main() -> ExitCode {
    let Some(size) = size(&std::env::args().nth(1).unwrap_or_else(|| "1280x800".to_owned())) else {
        eprintln!("usage: borne-demo [WIDTHxHEIGHT]");
        return ExitCode::from(2);
    };
    let directory = repository().join("target/demo");
    let _none_there = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("make target/demo");
    println!("town: starting groupware and gateway (usually 10 s the first time, then 2 s)");
    let hall = Hall::start();
    println!("terminal: starting, then the visit (usually 2 minutes)");
    // What docs/terminal.example.toml advises for so many pixels.
    let zoom = if size.0 >= 1920 { 150 } else { 100 };
    let settings = Settings {
        size,
        idle_s: IDLE_S,
        countdown_s: COUNTDOWN_S,
        zoom_percent: zoom,
        ..Settings::default()
    };
    let starting = Instant::now();
    let terminal = Terminal::start(&hall, settings);
    let visit = Visit::at(&terminal);
    let begun = Instant::now();
    let mut demo =
        Demo { hall: &hall, terminal: &terminal, visit, zoom, begun, directory, steps: Vec::new() };
    demo.visit.wait_for_picture("the invitation", SCREEN, touch::shows_invitation);
    println!("terminal: first picture after {} ms", starting.elapsed().as_millis());
    demo.did("au repos");
    demo.first_visit();
    demo.second_visit();
    demo.finish();
    ExitCode::SUCCESS
}

impl Demo<'_> {
    /// The claim of a step has come true: keep the picture.
    fn did(&mut self, step: &str) {
        let at_ms = self.begun.elapsed().as_millis();
        let picture = format!("{:02}.png", self.steps.len() + 1);
        let (screen, panel) = (self.terminal.look(), self.terminal.header().look());
        panel::save(&screen, &panel, &self.directory.join(&picture)).expect("save the picture");
        println!("{at_ms:>8} ms  {picture}  {step}");
        self.steps.push(Step { step: step.to_owned(), at_ms, picture });
    }

    fn first_visit(&mut self) {
        let who = agent(WRITER);
        self.visit.tap(&who);
        self.visit.wait_for_picture("the PIN pad", SCREEN, touch::shows_pin_pad);
        self.did("badge lu, code demandé");
        self.visit.pin(&who.pin);
        self.terminal.wait_for_state("Active", INBOX);
        let page = self.inbox();
        self.did("boîte de réception");
        self.read(page);
        self.write(page);
        self.look_at_the_week(page);
        self.rest();
        self.leave();
        self.did("déconnexion, écran effacé");
    }

    fn inbox(&self) -> Layout {
        let zoom = self.zoom;
        self.visit.wait_for_picture("the inbox", PAGE, |frame| groupware::shows_inbox(frame, zoom))
    }

    /// A touch, and the change of the region that it leads to.
    fn touch_and_wait(&mut self, what: &str, at: Point, region: Region) {
        let before = self.terminal.look().cut(region);
        self.visit.click(at);
        self.visit
            .wait_for_picture(what, PAGE, |frame| (frame.cut(region) != before).then_some(()));
    }

    /// Waits until nothing has moved there for a moment: what slides in takes no text yet.
    fn wait_for_rest(&self, what: &str, region: Region, there: impl Fn(&Frame) -> bool) {
        let mut last = (Instant::now(), Vec::new());
        wait_for(what, PAGE, || {
            let frame = self.terminal.look();
            let now = frame.cut(region);
            if !there(&frame) || now != last.1 {
                last = (Instant::now(), now);
            }
            last.0.elapsed() > STILL
        });
    }

    fn wait_for_ink(&self, what: &str, region: Region, least: usize) {
        wait_for(what, PAGE, || match groupware::ink(&self.terminal.look(), region) {
            ink if ink > least => Ok(()),
            ink => Err(format!("{ink} of {least} dark pixels")),
        });
    }

    fn read(&mut self, page: Layout) {
        self.visit.click(page.first_message());
        self.wait_for_ink("the message", page.reading(), 2500);
        self.did("message ouvert");
        self.scroll_to_the_attachment(page);
        self.visit.click(page.open_attachment());
        let zoom = self.zoom;
        self.visit.wait_for_picture("the PDF", PAGE, |frame| {
            (groupware::shows_inbox(frame, zoom).is_none()
                && groupware::ink(frame, page.reading()) > 2500)
                .then_some(())
        });
        self.did("pièce jointe PDF affichée");
        self.visit.click(page.back());
        self.inbox();
        self.did("retour à la messagerie");
    }

    /// A short message is whole on a high screen; on a low one a finger pushes it up.
    fn scroll_to_the_attachment(&mut self, page: Layout) {
        if self.terminal.size().1 >= 600 {
            return;
        }
        let region = page.reading();
        let before = self.terminal.look().cut(region);
        self.visit.scroll(middle(region), 600.0);
        self.visit.wait_for_picture("the end of the message", PAGE, |frame| {
            (frame.cut(region) != before).then_some(())
        });
        self.wait_for_rest("the end of the message", region, |_| true);
        self.did("message poussé jusqu’à la pièce jointe");
    }

    fn write(&mut self, page: Layout) {
        let before = self.mails_of_the_reader();
        let at = self.visit.wait_for_picture("the button to write", PAGE, groupware::compose);
        let choice = page.compose_here(at);
        let around = Region { x: choice.0 - 12, y: choice.1 - 12, width: 24, height: 24 };
        self.touch_and_wait("the choice of editors", at, around);
        self.visit.click(choice);
        self.visit.wait_for_picture("the on-screen keyboard", PAGE, Keyboard::seen);
        let editor = page.editor();
        self.wait_for_rest("the editor at its place", editor, |frame| {
            groupware::has_toolbar(frame, editor)
        });
        self.did("nouveau message, le clavier apparaît");
        let without = self.terminal.look().cut(page.proposal());
        self.visit.type_text(RECIPIENT);
        let proposed = |frame: &Frame| (frame.cut(page.proposal()) != without).then_some(());
        self.visit.wait_for_picture("the directory's proposal", PAGE, proposed);
        self.wait_for_rest("the proposal at its place", page.proposal(), |_| true);
        self.did("destinataire tapé, l’annuaire le propose");
        self.visit.click(middle(page.proposal()));
        let grey =
            |frame: &Frame| groupware::count(frame, page.recipients(), |pixel| pixel == [0xe0; 3]);
        self.visit
            .wait_for_picture("the recipient", PAGE, |frame| (grey(frame) > 1500).then_some(()));
        self.fill(page.subject(), "the subject", SUBJECT);
        self.fill(page.text(), "the text", TEXT);
        self.did("objet et texte tapés");
        self.visit.click(page.send());
        wait_for("the whole message in the mailbox of its recipient", PAGE, || {
            let mails = self.mails_of_the_reader();
            let fresh = mails.iter().find(|mail| !before.contains(mail));
            let text = fresh.and_then(|mail| fs::read(mail).ok()).unwrap_or_default();
            String::from_utf8_lossy(&text).contains(LAST_WORD)
        });
        self.inbox();
        // The editor fades; until it has, a touch only closes it sooner.
        let toolbar = |frame: &Frame| groupware::has_toolbar(frame, page.editor());
        self.wait_for_rest("the mail below the editor", page.reading(), toolbar);
        self.did("message envoyé");
    }

    /// Waits until no more ink comes into the field; the caret's comes and goes.
    fn wait_until_typed(&self, what: &str, field: Region) {
        let mut most = (Instant::now(), 0);
        wait_for(what, PAGE, || {
            let ink = groupware::ink(&self.terminal.look(), field);
            if ink > most.1 {
                most = (Instant::now(), ink);
            }
            most.0.elapsed() > TYPED
        });
    }

    /// A touch into a field, and the text; waits until it can be read there.
    fn fill(&mut self, field: Region, what: &str, text: &str) {
        self.touch_and_wait(what, middle(field), field);
        // A letter typed before the page has moved its focus would go to the field before.
        self.wait_for_rest(what, field, |_| true);
        let empty = groupware::ink(&self.terminal.look(), field);
        for line in text.split_inclusive('\n') {
            self.visit.type_text(line.trim_end());
            // A key overtakes letters in the page that come within the same moment; a person's does
            // not.
            self.wait_until_typed(what, field);
            if line.ends_with('\n') {
                self.visit.type_text("\n");
            }
        }
        self.wait_for_ink(what, field, empty + text.len() * 8);
    }

    /// The messages in the inbox of who will read, on the server's disk.
    fn mails_of_the_reader(&self) -> Vec<PathBuf> {
        let inbox = self.hall.town().state().join("mail").join(READER).join("INBOX");
        let all = ["new", "cur"].map(|folder| fs::read_dir(inbox.join(folder)));
        all.into_iter().flatten().flatten().flatten().map(|file| file.path()).collect()
    }

    fn look_at_the_week(&mut self, page: Layout) {
        self.visit.click(page.calendar());
        self.visit.wait_for_picture("the week", PAGE, |frame| {
            let undimmed = groupware::has_toolbar(frame, page.editor());
            undimmed.then(|| groupware::shows_events(frame, page.reading(), 3000)).flatten()
        });
        self.wait_for_rest("the whole week", page.reading(), |_| true);
        self.did("agenda de la semaine");
    }

    fn rest(&mut self) {
        self.terminal.wait_for_state("Countdown", Duration::from_secs(IDLE_S + 10));
        let (width, height) = self.terminal.size();
        let number = |frame: &Frame| touch::middle_of_accent(frame, height / 3..height * 2 / 3);
        self.visit.wait_for_picture("the countdown's number", SCREEN, number);
        self.did("personne ne touche l’écran : compte à rebours");
        self.visit.click((width / 2, height / 2));
        self.terminal.wait_for_state("Active", SCREEN);
        self.visit.wait_for_picture("the Logout button", SCREEN, touch::logout);
        self.did("un toucher l’arrête");
    }

    /// Logs out; the words of farewell move, the idle screen does not.
    fn leave(&mut self) {
        self.visit.log_out();
        let (width, height) = self.terminal.size();
        self.wait_for_rest("the idle screen", Region { x: 0, y: 0, width, height }, |_| true);
    }

    fn second_visit(&mut self) {
        self.visit.log_in(&agent(READER));
        let page = self.inbox();
        self.did("un autre agent, sa propre boîte : le message est arrivé");
        self.visit.click(page.first_message());
        self.wait_for_ink("the message", page.reading(), 1500);
        self.did("il le lit");
        self.leave();
        self.did("déconnexion");
    }

    fn finish(&self) {
        let timeline = serde_json::to_vec_pretty(&self.steps).expect("write the timeline");
        fs::write(self.directory.join("timeline.json"), timeline).expect("save the timeline");
        println!("\n{:>8}  {:<8} étape", "ms", "image");
        for step in &self.steps {
            println!("{:>8}  {:<8} {}", step.at_ms, step.picture, step.step);
        }
        println!("\n{}", self.directory.display());
    }
}
