//! `borne-demo [WIDTHxHEIGHT]`: one agent's visit and the next one's, by a script (`make demo`). Every step waits for what it
//! claims; pictures and `timeline.json` are left under target/demo.

#![allow(clippy::print_stdout, clippy::expect_used)]

use borne_harness::agents::{agent, repository};
use borne_harness::groupware;
use borne_harness::hall::Hall;
use borne_harness::screen::Frame;
use borne_harness::settings::{Settings, size};
use borne_harness::terminal::Terminal;
use borne_harness::touch::{self, Keyboard};
use borne_harness::visit::{INBOX, SCREEN, Visit};
use serde::Serialize;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const PAGE: Duration = Duration::from_secs(20);
/// Short, so that the countdown comes while one looks.
const IDLE_S: u64 = 6;
const COUNTDOWN_S: u64 = 8;

#[derive(Serialize)]
struct Step {
    step: String,
    at_ms: u128,
    picture: String,
}

struct Demo<'a> {
    terminal: &'a Terminal,
    begun: Instant,
    directory: PathBuf,
    steps: Vec<Step>,
}

impl Demo<'_> {
    /// The claim of a step has come true: keep the picture.
    fn did(&mut self, step: &str) {
        let at_ms = self.begun.elapsed().as_millis();
        let picture = format!("{:02}.png", self.steps.len() + 1);
        self.terminal.look().save(&self.directory.join(&picture)).expect("save the picture");
        println!("{at_ms:>8} ms  {picture}  {step}");
        self.steps.push(Step { step: step.to_owned(), at_ms, picture });
    }
}

fn main() -> ExitCode {
    let Some(size) = size(&std::env::args().nth(1).unwrap_or_else(|| "1280x800".to_owned())) else {
        eprintln!("usage: borne-demo [WIDTHxHEIGHT]");
        return ExitCode::from(2);
    };
    let directory = repository().join("target/demo");
    let _none_there = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("make target/demo");
    let hall = Hall::start();
    let settings = Settings { size, idle_s: IDLE_S, countdown_s: COUNTDOWN_S, ..Settings::default() };
    let terminal = Terminal::start(&hall, settings);
    let mut visit = Visit::at(&terminal);
    let mut demo = Demo { terminal: &terminal, begun: Instant::now(), directory, steps: Vec::new() };
    demo.did("au repos");
    first_visit(&mut demo, &mut visit);
    second_visit(&mut demo, &mut visit);
    finish(&demo);
    ExitCode::SUCCESS
}

fn first_visit(demo: &mut Demo<'_>, visit: &mut Visit<'_>) {
    let who = agent("a.martin");
    visit.tap(&who);
    visit.wait_for_picture("the PIN pad", SCREEN, touch::shows_pin_pad);
    demo.did("badge lu, code demandé");
    visit.pin(&who.pin);
    demo.terminal.wait_for_state("Active", INBOX);
    let top = visit.wait_for_picture("the inbox", PAGE, groupware::shows_inbox);
    demo.did("boîte de réception");
    if demo.terminal.size().0 >= 1280 {
        read_and_write(demo, visit, top);
    } else {
        // SOGo folds its columns on a narrow screen: its buttons are elsewhere, and the script does not know where.
        println!("écran étroit : lecture, écriture et agenda ne sont pas joués");
    }
    demo.terminal.wait_for_state("Countdown", Duration::from_secs(IDLE_S + 10));
    demo.did("personne ne touche l’écran : compte à rebours");
    visit.click((demo.terminal.size().0 / 2, demo.terminal.size().1 / 2));
    demo.terminal.wait_for_state("Active", SCREEN);
    visit.log_out();
    demo.did("déconnexion, écran effacé");
}

fn read_and_write(demo: &mut Demo<'_>, visit: &mut Visit<'_>, top: u32) {
    let width = demo.terminal.size().0;
    let right = |frame: &Frame| groupware::ink(frame, (680, top + 120), (frame.width, top + 600));
    visit.click(groupware::first_message(top));
    visit.wait_for_picture("the message", PAGE, |frame| (right(frame) > 3000).then_some(()));
    demo.did("message ouvert");
    visit.click(groupware::open_attachment(top));
    visit.wait_for_picture("the PDF", PAGE, |frame| {
        (groupware::compose(frame).is_none() && right(frame) > 3000).then_some(())
    });
    demo.did("pièce jointe PDF affichée");
    // "Retour" of the browser's own viewer.
    visit.click((100, top + 30));
    visit.wait_for_picture("the inbox again", PAGE, groupware::shows_inbox);
    write(demo, visit);
    visit.click(groupware::calendar(width, top));
    visit.wait_for_picture("the week", PAGE, |frame| {
        let blue = |x, y| frame.pixel(x, y)[2] > 200 && frame.pixel(x, y)[0] < 190;
        let events = (680..frame.width).step_by(4).flat_map(|x| (200..600).step_by(4).map(move |y| (x, y)));
        (events.filter(|at| blue(at.0, at.1)).count() > 100).then_some(())
    });
    demo.did("agenda");
}

fn write(demo: &mut Demo<'_>, visit: &mut Visit<'_>) {
    let at = visit.wait_for_picture("the button to write", PAGE, groupware::compose);
    visit.click(at);
    visit.wait_for_picture("the on-screen keyboard", PAGE, Keyboard::seen);
    demo.did("nouveau message, le clavier apparaît");
    visit.type_text("bruno");
    demo.did("destinataire tapé au clavier de l’écran");
}

fn second_visit(demo: &mut Demo<'_>, visit: &mut Visit<'_>) {
    visit.log_in(&agent("e.benali"));
    visit.wait_for_picture("the inbox", PAGE, groupware::shows_inbox);
    demo.did("un autre agent, sa propre boîte");
    visit.log_out();
    demo.did("déconnexion");
}

fn finish(demo: &Demo<'_>) {
    let timeline = serde_json::to_vec_pretty(&demo.steps).expect("write the timeline");
    fs::write(demo.directory.join("timeline.json"), timeline).expect("save the timeline");
    println!("\n{:>8}  {:<8} étape", "ms", "image");
    for step in &demo.steps {
        println!("{:>8}  {:<8} {}", step.at_ms, step.picture, step.step);
    }
    println!("\n{}", demo.directory.display());
}
