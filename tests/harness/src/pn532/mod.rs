//! A PN532 and its cards at the far end of a pseudo-terminal, for the real libnfc to talk to.
//!
//! Duties: be the chip of NXP's user manual UM0701-02 as far as libnfc 1.8 uses it, at the pace of
//! a real line if asked; hold cards that behave as ISO/IEC 14443-3 says; go wrong in the ways a
//! real one does. Never: know anything of Borne.

mod card;
mod chip;
pub mod control;
mod frame;
mod serial;

pub use card::{Card, Kind};
pub use chip::{Fault, Status};
pub use control::{Control, Order, Report};
pub use serial::LineOptions;

use chip::Chip;
use frame::{Decoder, Incoming};
use rustix::event::{PollFd, PollFlags, Timespec};
use serial::Line;
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

type Answer = Result<Report, String>;
type Letter = (Order, SyncSender<Answer>);

/// A running emulator: one thread for the chip, one for its control socket. Dropping it unplugs the
/// line for good.
pub struct Pn532 {
    desk: Desk,
    tty: PathBuf,
    control: PathBuf,
    chip: Option<JoinHandle<()>>,
}

impl Pn532 {
    /// Starts with `DIR/tty` (a link to the line, which `owner` may open) and `DIR/control.sock`,
    /// as fast as the machine.
    ///
    /// # Panics
    /// When the system refuses.
    #[must_use]
    pub fn start(dir: &Path, owner: u32) -> Self {
        let options = LineOptions { baud: None, owner: Some(owner) };
        Self::start_with(dir, options)
            .unwrap_or_else(|error| panic!("PN532 in {}: {error}", dir.display()))
    }

    /// As [`Self::start`], with a line of your choice.
    ///
    /// # Errors
    /// The system's.
    pub fn start_with(dir: &Path, options: LineOptions) -> io::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let (tty, control) = (dir.join("tty"), dir.join("control.sock"));
        let _ = std::fs::remove_file(&control);
        let listener = UnixListener::bind(&control)?;
        let line = Line::plug(&tty, options)?;
        let (bell, ear) = UnixStream::pair()?;
        ear.set_nonblocking(true)?;
        let (letters, inbox) = mpsc::channel();
        let desk = Desk { letters, bell };
        let visitors = desk.try_clone()?;
        let bench = Bench {
            chip: Chip::default(),
            line: Some(line),
            decoder: Decoder::default(),
            tty: tty.clone(),
            options,
            inbox,
            ear,
        };
        let chip = std::thread::spawn(move || bench.run());
        std::thread::spawn(move || serve(&listener, &visitors));
        Ok(Self { desk, tty, control, chip: Some(chip) })
    }

    /// The line's name; it exists while the line is plugged in.
    #[must_use]
    pub fn tty(&self) -> &Path {
        &self.tty
    }

    /// libnfc's connection string.
    #[must_use]
    pub fn connstring(&self) -> String {
        format!("pn532_uart:{}", self.tty.display())
    }

    /// The control socket.
    #[must_use]
    pub fn control(&self) -> &Path {
        &self.control
    }

    /// Lays a card; its number in hexadecimal (empty for [`Kind::RandomUid`]). Returns when it lies
    /// there.
    ///
    /// # Panics
    /// When the number does not fit the kind.
    pub fn lay(&self, kind: Kind, uid: &str) {
        let card = control::unhex(uid).and_then(|uid| Card::new(kind, &uid));
        self.order(Order::Lay(card.unwrap_or_else(|error| panic!("lay: {error}"))));
    }

    /// Takes every card away.
    pub fn lift(&self) {
        self.order(Order::Lift);
    }

    /// Goes wrong in this way from now on.
    pub fn fault(&self, fault: Fault) {
        self.order(Order::Fault(fault));
    }

    /// Pulls the plug.
    pub fn unplug(&self) {
        self.order(Order::Unplug);
    }

    /// Puts it in again.
    pub fn plug(&self) {
        self.order(Order::Plug);
    }

    /// A person's tap: lays a badge of the usual kind for this number, lifts it when the reader has
    /// seen what it needs.
    ///
    /// # Panics
    /// When no reader looks at it within ten seconds.
    pub fn tap(&self, uid: &str) {
        let kind = control::unhex(uid).map_or(Kind::Garbage, |uid| Kind::usual_for(&uid));
        match kind {
            Kind::RandomUid => self.lay(kind, ""),
            kind => self.lay(kind, uid),
        }
        self.wait_until_taken();
        self.lift();
    }

    /// Waits until the card that lies there was reported: a reader that comes back to a card has
    /// told of it before.
    ///
    /// # Panics
    /// When no reader does within ten seconds.
    pub fn wait_until_taken(&self) {
        crate::wait_for("the reader to take the card", Duration::from_secs(10), || {
            match self.report().chip {
                chip if chip.activations >= 2 => Ok(()),
                chip => Err(chip),
            }
        });
    }

    /// Waits until the host has sent so many commands more: it has had every chance to do what it
    /// should not.
    ///
    /// # Panics
    /// When it does not within ten seconds.
    pub fn wait_for_commands(&self, count: u64) {
        let begun = self.report().chip.commands;
        crate::wait_for("more commands", Duration::from_secs(10), || match self.report().chip {
            chip if chip.commands >= begun + count => Ok(()),
            chip => Err(chip),
        });
    }

    /// How it is.
    ///
    /// # Panics
    /// When the emulator has ended.
    #[must_use]
    pub fn report(&self) -> Report {
        self.order(Order::Status)
    }

    /// Runs until the emulator's thread ends, which it does not by itself: for a program.
    pub fn join(mut self) {
        if let Some(chip) = self.chip.take() {
            let _ = chip.join();
        }
    }

    fn order(&self, order: Order) -> Report {
        self.desk.order(order).unwrap_or_else(|error| panic!("emulator: {error}"))
    }
}

impl Drop for Pn532 {
    fn drop(&mut self) {
        let _ = self.desk.order(Order::Unplug);
        let _ = std::fs::remove_file(&self.control);
    }
}

/// Where orders are handed in.
struct Desk {
    letters: Sender<Letter>,
    bell: UnixStream,
}

impl Desk {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { letters: self.letters.clone(), bell: self.bell.try_clone()? })
    }

    fn order(&self, order: Order) -> Answer {
        let gone = || "it has ended".to_owned();
        let (sender, answer) = mpsc::sync_channel(1);
        self.letters.send((order, sender)).map_err(|_| gone())?;
        (&self.bell).write_all(&[1]).map_err(|_| gone())?;
        answer.recv().map_err(|_| gone())?
    }
}

fn serve(listener: &UnixListener, desk: &Desk) {
    for visitor in listener.incoming().flatten() {
        let Ok(desk) = desk.try_clone() else { return };
        std::thread::spawn(move || {
            let Ok(mut answers) = visitor.try_clone() else { return };
            for line in BufReader::new(visitor).lines().map_while(Result::ok) {
                let answer = match control::parse(&line).and_then(|order| desk.order(order)) {
                    Ok(report) => format!("ok {report}"),
                    Err(text) => format!("error {text}"),
                };
                if writeln!(answers, "{answer}").is_err() {
                    return;
                }
            }
        });
    }
}

/// The chip's thread and all it works with.
struct Bench {
    chip: Chip,
    /// `None` while unplugged.
    line: Option<Line>,
    decoder: Decoder,
    tty: PathBuf,
    options: LineOptions,
    inbox: Receiver<Letter>,
    ear: UnixStream,
}

impl Bench {
    /// Until the last desk is gone.
    fn run(mut self) {
        let mut incoming: VecDeque<(Instant, Incoming)> = VecDeque::new();
        let mut outgoing: VecDeque<(Instant, Vec<u8>)> = VecDeque::new();
        loop {
            let due = [
                incoming.front().map(|(at, _)| *at),
                outgoing.front().map(|(at, _)| *at),
                self.chip.wakes_at(),
            ];
            let (host, desk) = self.wait(due.into_iter().flatten().min());
            if desk && !self.take_orders() {
                return;
            }
            if host && let Some(line) = &mut self.line {
                let (at, bytes) = line.receive();
                self.decoder.push(&bytes);
                incoming.extend(
                    std::iter::from_fn(|| self.decoder.next_frame()).map(|frame| (at, frame)),
                );
            }
            let now = Instant::now();
            let mut sent = self.chip.wake(now);
            while let Some((at, frame)) = incoming.pop_front_if(|(at, _)| *at <= now) {
                sent.extend(self.chip.receive(&frame, at));
            }
            let Some(line) = &mut self.line else {
                incoming.clear();
                outgoing.clear();
                continue;
            };
            outgoing
                .extend(sent.into_iter().map(|(at, bytes)| (line.reserve(at, bytes.len()), bytes)));
            while let Some((_, bytes)) = outgoing.pop_front_if(|(at, _)| *at <= now) {
                line.deliver(&bytes);
            }
        }
    }

    /// Waits for bytes of the host, an order, or the given time.
    fn wait(&self, until: Option<Instant>) -> (bool, bool) {
        let timeout = until.map(|until| {
            let left = until.saturating_duration_since(Instant::now());
            Timespec::try_from(left.max(Duration::from_nanos(1)))
                .unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 })
        });
        let mut fds = vec![PollFd::from_borrowed_fd(self.ear.as_fd(), PollFlags::IN)];
        fds.extend(
            self.line.as_ref().map(|line| PollFd::from_borrowed_fd(line.fd(), PollFlags::IN)),
        );
        let _ = rustix::event::poll(&mut fds, timeout.as_ref());
        let ready = |index: usize| fds.get(index).is_some_and(|fd| !fd.revents().is_empty());
        (ready(1), ready(0))
    }

    /// False when nobody can give orders any more.
    fn take_orders(&mut self) -> bool {
        let heard = self.ear.read(&mut [0; 64]).unwrap_or(1);
        while let Ok((order, answer)) = self.inbox.try_recv() {
            let _ = answer.send(self.obey(order));
        }
        heard > 0
    }

    fn obey(&mut self, order: Order) -> Answer {
        match order {
            Order::Lay(card) => self.chip.lay(card),
            Order::Lift => self.chip.lift(),
            Order::Fault(fault) => self.chip.fault = fault,
            Order::Unplug => {
                self.line = None;
                self.decoder = Decoder::default();
                self.chip.reset();
            }
            Order::Plug if self.line.is_some() => return Err("it is plugged in".to_owned()),
            Order::Plug => {
                self.line =
                    Some(Line::plug(&self.tty, self.options).map_err(|error| error.to_string())?)
            }
            Order::Status => {}
        }
        Ok(Report {
            plugged: self.line.is_some(),
            chip: self.chip.status(),
            fault: self.chip.fault,
        })
    }
}
