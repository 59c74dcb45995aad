//! A page with a little of everything, and what must be the same before and after somebody has
//! tried something on it.

use borne_harness::agents::agent;
use borne_harness::input::Input;
use borne_harness::screen::{Frame, Region};
use borne_harness::settings::{Lure, Settings};
use borne_harness::touch::{self, Keyboard, Point};
use borne_harness::trap::Page;
use borne_harness::visit::{SCREEN, Visit};
use borne_harness::world::{World, world};
use borne_harness::{processes, try_wait_for, wait_for};
use borne_ipc::Role;
use std::time::Duration;

/// A text field (the one thing Tab leads to, or Enter would follow the link), a link, a picture, a
/// text and a list of choices, in rows of 60 pixels; and a log of what the page hears.
const SCENE: &str = r#"
    document.body.style.cssText = 'display: block; text-align: left; height: auto';
    document.body.innerHTML = `
        <style>
            #field, #link, #image, #text, #choice { position: absolute; left: 40px; height: 40px; font: 24px sans-serif }
            #field { top: 10px; width: 500px } #link { top: 70px } #image { top: 130px; width: 60px }
            #text { top: 190px } #choice { top: 250px; width: 300px; height: 36px }
            * { caret-color: transparent }
        </style>
        <input id="field" autocomplete="off"><a id="link" tabindex="-1" href="/followed">Un lien à suivre</a>
        <img id="image" src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><rect width='99' height='99'/></svg>">
        <span id="text">Un texte à prendre</span>
        <select id="choice" tabindex="-1"><option>Premier choix</option><option>Deuxième choix</option><option>Troisième</option></select>`;
    history.replaceState(0, '', '/'); history.pushState(0, '', '/#deux'); history.pushState(0, '', '/#trois');
    history.back(); await new Promise(done => addEventListener('popstate', done, { once: true }));
    window.heard = []; window.keys = [];
    for (const name of ['contextmenu', 'dragstart', 'dragend', 'drop', 'paste', 'beforeprint', 'fullscreenchange', 'auxclick'])
        addEventListener(name, event => heard.push(name + (event.defaultPrevented ? ' prevented' : '')));
    addEventListener('keydown', event => keys.push([event.key, event.ctrlKey, event.altKey, event.metaKey]), true);
    return location.href"#;

/// What is where it was, whatever was tried.
const STANDING: &str = "
    document.activeElement.blur(); getSelection().removeAllRanges(); field.value = ''; scrollTo(0, 0);
    return [location.href, history.length, innerWidth, devicePixelRatio, visualViewport.scale, document.visibilityState,
        !!document.fullscreenElement, choice.selectedIndex].join(' ')";

/// The page's part of the screen.
pub const PAGE: Region = Region { x: 0, y: 60, width: 1280, height: 740 };

/// A text that was selected is drawn again with other edges; the smallest menu has thousands of
/// pixels.
const FEW: usize = 60;

/// How many pixels clearly differ.
pub fn others(one: &[u8], other: &[u8]) -> usize {
    let far = |(one, other): (&[u8], &[u8])| {
        one.iter().zip(other).take(3).any(|(a, b)| a.abs_diff(*b) > 48)
    };
    one.chunks_exact(4).zip(other.chunks_exact(4)).filter(|pair| far(*pair)).count()
}

/// Where things are on the screen, below the bar.
pub const FIELD: Point = (200, 86);
/// The link.
pub const LINK: Point = (100, 146);
/// The picture.
pub const IMAGE: Point = (70, 206);
/// The text.
pub const TEXT: Point = (100, 266);
/// The list of choices.
pub const CHOICE: Point = (150, 324);
/// Nothing of these, on the right; above the keyboard.
pub const NOWHERE: Point = (900, 420);

/// A session that shows the scene.
pub struct Scene {
    /// The terminal and the hall.
    pub world: World,
    /// The page.
    pub page: Page,
    /// A pointer that stays on the seat: one that comes with the first press may lose it.
    pub hands: Input,
}

/// All that must be the same again.
#[derive(PartialEq)]
pub struct Look {
    page: String,
    processes: Vec<(u32, String)>,
    windows: usize,
    ports: Vec<String>,
    /// Of [`PAGE`].
    pub picture: Vec<u8>,
}

impl Scene {
    /// Logs in and arranges it.
    #[track_caller]
    pub fn open() -> Self {
        let world = world(Settings { trap: Lure::Home, ..Settings::default() });
        let trap = world.trap();
        let hands = world.terminal.hands();
        Visit::at(&world.terminal).log_in(&agent("a.martin"));
        let page = trap.page();
        assert!(page.run(SCENE).ends_with("/#deux"));
        Self { world, page, hands }
    }

    /// Puts the page's own state right (focus, selection, text) and looks at everything else.
    #[track_caller]
    pub fn look(&mut self) -> Look {
        self.click(NOWHERE);
        let page = self.page.run(STANDING);
        self.put_keyboard_away();
        // Over the bar there is no arrow.
        self.hands.point(640, 28).expect("point");
        // Nothing blinks in this page: two pictures alike are the page at rest, without the
        // keyboard.
        let picture = wait_for("the page at rest", SCREEN, || {
            let [one, other] = [self.picture(), self.picture()];
            (Keyboard::seen(&other).is_none() && one.cut(PAGE) == other.cut(PAGE))
                .then(|| other.cut(PAGE))
        });
        Look { page, processes: self.processes(), windows: self.windows(), ports: ports(), picture }
    }

    /// The page is as it was, nothing else has opened, and the bar is there.
    #[track_caller]
    pub fn is_still(&mut self, before: &Look, after: &str) {
        assert_eq!(self.world.terminal.state().as_deref(), Some("Active"), "{after}");
        let now = self.look();
        assert_eq!(now.page, before.page, "{after}: the page is another");
        assert_eq!(now.processes, before.processes, "{after}: other processes");
        assert_eq!(now.windows, before.windows, "{after}: other windows");
        assert_eq!(now.ports, before.ports, "{after}: other ports");
        // What is still being drawn has its time; what stays is another picture.
        wait_for(&format!("the same picture after {after}"), SCREEN, || {
            match others(&self.picture().cut(PAGE), &before.picture) {
                few if few <= FEW => Ok(()),
                many => Err(format!("{many} other pixels")),
            }
        });
        assert!(touch::logout(&self.picture()).is_some(), "{after}: no bar");
    }

    /// What is seen now.
    pub fn picture(&self) -> Frame {
        self.world.terminal.look()
    }

    /// Touches a point.
    pub fn click(&mut self, at: Point) {
        self.hands.click(at.0, at.1).expect("click");
    }

    /// Logs out.
    #[track_caller]
    pub fn close(self) {
        Visit::here(&self.world.terminal).log_out();
        self.world.rest();
    }

    /// After a Tab that leads out of the page, the engine still says that a field has the focus:
    /// then by its own key.
    fn put_keyboard_away(&mut self) {
        let gone = || Keyboard::seen(&self.picture()).is_none();
        if try_wait_for("the keyboard to go", Duration::from_millis(500), gone).is_err()
            && let Some(hide) = Keyboard::seen(&self.picture())
                .and_then(|keys| keys.key(touch::Page::Letters, "hide"))
        {
            self.click(hide);
        }
    }

    fn processes(&self) -> Vec<(u32, String)> {
        let of = |role: Role| {
            self.world.terminal.processes_of(role).into_iter().map(move |pid| (role.uid(), pid))
        };
        let mut all: Vec<_> = Role::ALL
            .into_iter()
            .flat_map(of)
            .map(|(uid, pid)| (uid, processes::name(pid)))
            .collect();
        all.sort();
        all
    }

    /// As the compositor counts them, pop-ups excepted: those are in the picture.
    fn windows(&self) -> usize {
        self.world.terminal.compositor("get_tree").matches("\"app_id\": \"").count()
    }
}

/// Listening sockets in the networks of the machine, the terminal and the cage: TCP and UDP
/// (proc(5), `st` 0A and 07).
pub fn ports() -> Vec<String> {
    let mut found = Vec::new();
    for pid in processes::all() {
        let ours = processes::owner(pid).and_then(Role::from_uid).is_some();
        if pid != 1 && !ours {
            continue;
        }
        for table in ["tcp", "tcp6", "udp", "udp6"] {
            let text =
                std::fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
            let listens = |line: &&str| matches!(line.split_whitespace().nth(3), Some("0A" | "07"));
            let lines = text.lines().skip(1).filter(listens);
            let name = processes::name(pid);
            found.extend(lines.filter_map(|line| {
                Some(format!("{name} {table} {}", line.split_whitespace().nth(1)?))
            }));
        }
    }
    found.sort();
    found.dedup();
    found
}
