//! The hand and the eye on the panel: one line per order over a Unix socket, one line of answer.
//!
//! ```text
//! edges FROM            time:pin:level ...      driven                 mask of the pins driven high
//! drive PIN 0|1                                 oled                   on contrast dots memory
//! bus hang|go|unplug|plug|reset|pace|fast                bus                    writes bytes frame(ns) frame(ns)
//! make gpiomem|gpiochip|i2c-1|link
//! ```

use crate::bus::Bus;
use crate::fuse::{self, Ask};
use crate::pins::Pins;
use crate::stage::Stage;
use crate::{exact, oled};
use borne_ipc::{Group, Role};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;

/// `GPIO_GET_CHIPINFO_IOCTL` of `linux/gpio.h`.
const CHIPINFO: u32 = 0x8044_b401;

/// What can be made in `/dev`.
pub struct Nodes {
    /// Without watchpoints.
    pub look: bool,
    /// The namespace.
    pub stage: Stage,
    /// The pins behind two of them.
    pub pins: Arc<Pins>,
    /// The bus behind the third.
    pub bus: Arc<Bus>,
}

impl Nodes {
    /// Makes each but these.
    pub fn make_all_but(&self, without: &[String]) {
        for name in ["gpiomem", "gpiochip", "i2c-1"] {
            if !without.iter().any(|left| left == name) {
                self.make(name);
            }
        }
    }

    fn make(&self, name: &str) -> bool {
        match name {
            "gpiomem" => self.stage.make_memory(),
            "link" => self.stage.link_chip(),
            "gpiochip" => self.make_chip(),
            "i2c-1" => {
                let (bus, group) = (Arc::clone(&self.bus), Group::I2c.gid());
                let file = Stage::make_device(name, group);
                std::thread::spawn(move || {
                    let mut address = 0;
                    fuse::serve(&file, group, |ask| bus.answer(ask, &mut address));
                });
            }
            _ => return false,
        }
        true
    }

    fn make_chip(&self) {
        let (pins, group) = (Arc::clone(&self.pins), Role::Panel.uid());
        let (name, pi5) = (self.stage.chip_name.clone(), self.stage.pi5);
        let (memory, look) = (self.stage.memory_name, self.look);
        let file = Stage::make_device(&name, group);
        std::thread::spawn(move || {
            fuse::serve(&file, group, |ask| match ask {
                Ask::Ioctl { command: CHIPINFO, pid, .. } => {
                    // The registers have just been mapped, and this call waits for us.
                    if !look {
                        exact::watch(pid, memory, &pins);
                    }
                    Ok(chip_info(&name, pi5))
                }
                Ask::Ioctl { .. } => Err(libc::ENOTTY),
                Ask::Write(_) | Ask::Read(_) => Err(libc::EINVAL),
            });
        });
    }

    fn obey(&self, words: &[&str]) -> Option<String> {
        let done = Some(String::new());
        match words {
            ["edges", from] => {
                let edges = self.pins.edges(from.parse().ok()?);
                let words = edges.iter().map(|edge| {
                    format!("{}:{}:{}", edge.at.as_nanos(), edge.pin, u8::from(edge.high))
                });
                Some(words.collect::<Vec<_>>().join(" "))
            }
            ["driven"] => Some(self.pins.driven().to_string()),
            ["drive", pin, level] => {
                self.pins.drive(pin.parse().ok().filter(|pin| *pin < 28)?, *level == "1");
                done
            }
            ["oled"] => Some(self.oled()),
            ["bus"] => {
                let state = self.bus.state();
                let (from, to) = state.frame;
                let frame = format!("{} {}", from.as_nanos(), to.as_nanos());
                Some(format!("{} {} {frame}", state.writes, state.bytes))
            }
            ["bus", order] => {
                let mut state = self.bus.state();
                match *order {
                    "hang" => state.hangs = true,
                    "go" => state.hangs = false,
                    "unplug" => state.unplugged = true,
                    "plug" => (state.unplugged, state.oled) = (false, oled::Oled::default()),
                    "pace" => state.pace = true,
                    "fast" => state.pace = false,
                    "reset" => state.oled = oled::Oled::default(),
                    _ => return None,
                }
                self.bus.release();
                done
            }
            ["make", name] => self.make(name).then(String::new),
            _ => None,
        }
    }

    fn oled(&self) -> String {
        let state = self.bus.state();
        let (on, contrast) = state.oled.light();
        let (width, height) = oled::SIZE;
        let dots = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        // A display that was pulled out is dark.
        let lit = |(x, y)| !state.unplugged && state.oled.dot(x, y);
        let dots: String = dots.map(|at| if lit(at) { '1' } else { '0' }).collect();
        let memory: String = state.oled.memory().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{} {contrast} {dots} {memory}", u8::from(on && !state.unplugged))
    }
}

/// `struct gpiochip_info`: name, label, lines.
fn chip_info(name: &str, pi5: bool) -> Vec<u8> {
    let (label, lines) = if pi5 { ("pinctrl-rp1", 54_u32) } else { ("pinctrl-bcm2711", 58) };
    let mut info = vec![0; 64];
    info[..name.len()].copy_from_slice(name.as_bytes());
    info[32..32 + label.len()].copy_from_slice(label.as_bytes());
    info.extend(lines.to_ne_bytes());
    info
}

/// Serves until the process is killed.
pub fn serve(directory: &Path, nodes: &Nodes) {
    let listener = UnixListener::bind(directory.join("header.sock")).unwrap();
    std::thread::scope(|scope| {
        for visitor in listener.incoming().flatten() {
            scope.spawn(move || talk(visitor, nodes));
        }
    });
}

fn talk(visitor: UnixStream, nodes: &Nodes) {
    let mut answers = visitor.try_clone().unwrap();
    for line in BufReader::new(visitor).lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match nodes.obey(&words) {
            Some(answer) => format!("ok {answer}\n"),
            None => format!("error {line}?\n"),
        };
        if answers.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}
