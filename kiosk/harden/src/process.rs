//! The processes that confine themselves.

/// One of the programs of the project, or a part of WebKit it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// `kiosk-agent`; RAUC's command line inherits its filter.
    Agent,
    /// `kiosk-browser`; WebKit's processes inherit its filter.
    Browser,
    /// `kiosk-cage`; bubblewrap, which it becomes, and all in the cage inherit its filter.
    Cage,
    /// `kiosk-egress`.
    Egress,
    /// `borne-gateway`.
    Gateway,
    /// WebKit's network process, which WebKit leaves without a sandbox of its own.
    NetworkProcess,
    /// `kiosk-panel`.
    Panel,
    /// `kiosk-reader`.
    Reader,
    /// `kiosk-shell`.
    Shell,
    /// `kiosk-supervisor`.
    Supervisor,
    /// `kiosk-wayland-filter`.
    WaylandFilter,
}

/// How far a process may reach by TCP, where Landlock knows how to say it (Linux 6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tcp {
    /// Neither connect nor listen.
    None,
    /// Connect only.
    Connect,
    /// As far as the network reaches.
    Any,
}

impl Process {
    /// Every process, for tests.
    pub const ALL: [Self; 11] = [
        Self::Agent,
        Self::Browser,
        Self::Cage,
        Self::Egress,
        Self::Gateway,
        Self::NetworkProcess,
        Self::Panel,
        Self::Reader,
        Self::Shell,
        Self::Supervisor,
        Self::WaylandFilter,
    ];

    /// Its name in logs, and of its list in `syscalls/`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Browser => "browser",
            Self::Cage => "cage",
            Self::Egress => "egress",
            Self::Gateway => "gateway",
            Self::NetworkProcess => "network-process",
            Self::Panel => "panel",
            Self::Reader => "reader",
            Self::Shell => "shell",
            Self::Supervisor => "supervisor",
            Self::WaylandFilter => "wayland-filter",
        }
    }

    /// Open files. The cage's and the browser's are also those of the browser's children.
    pub(crate) const fn open_files(self) -> u64 {
        match self {
            Self::Panel | Self::Reader => 64,
            Self::Shell | Self::WaylandFilter => 512,
            Self::Agent | Self::Egress | Self::NetworkProcess | Self::Supervisor => 1024,
            Self::Browser | Self::Cage => 4096,
            // Every terminal of a big town, and strangers besides.
            Self::Gateway => 65_536,
        }
    }

    /// Threads and processes of its user, where the user is its own and starts nothing else.
    pub(crate) const fn threads(self) -> Option<u64> {
        match self {
            Self::Panel => Some(8),
            Self::Reader => Some(32),
            Self::Shell | Self::Agent => Some(64),
            Self::WaylandFilter => Some(128),
            Self::Egress => Some(600),
            // All of a session together: a page that makes more gets none (about 110 are used).
            Self::Cage => Some(512),
            // tokio's threads that wait for names and files.
            Self::Supervisor => Some(600),
            Self::Browser | Self::NetworkProcess | Self::Gateway => None,
        }
    }

    /// Bytes of writable private memory. WebKit's are limited by WebKit, the gateway's by its unit.
    pub(crate) const fn data(self) -> Option<u64> {
        const MIB: u64 = 1024 * 1024;
        match self {
            Self::Panel => Some(64 * MIB),
            Self::Reader => Some(128 * MIB),
            Self::Agent | Self::Egress | Self::Supervisor | Self::WaylandFilter => Some(512 * MIB),
            Self::Shell => Some(768 * MIB),
            Self::Browser | Self::Cage | Self::NetworkProcess | Self::Gateway => None,
        }
    }

    pub(crate) const fn tcp(self) -> Tcp {
        match self {
            Self::Panel | Self::Reader | Self::Shell | Self::WaylandFilter => Tcp::None,
            // RAUC fetches the manifest of a bundle as this user.
            Self::Agent | Self::Egress | Self::NetworkProcess | Self::Supervisor => Tcp::Connect,
            Self::Browser | Self::Cage | Self::Gateway => Tcp::Any,
        }
    }

    /// Whether it may end processes that are not below it: the supervisor, which holds CAP_KILL for
    /// that, ends the session's.
    pub(crate) const fn signals_others(self) -> bool {
        matches!(self, Self::Supervisor)
    }

    /// Whether it may be looked into by others of its user. The network process is not ours: it is
    /// left dumpable, because execve(2) would undo anything else.
    pub(crate) const fn stays_dumpable(self) -> bool {
        matches!(self, Self::NetworkProcess)
    }
}
