//! The Unix users of the terminal. The numbers are fixed so that the image (sysusers) and a PC (no
//! passwd entry at all) agree, and so that a peer is known by its socket credentials
//! (`SO_PEERCRED`, unix(7)) and by nothing it says. A new role has its line in
//! `buildroot-overlay/usr/lib/sysusers.d/borne.conf` too.

/// A process of the terminal that has a user of its own. 60578–61183 is a range no distribution
/// assigns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum Role {
    /// The session state machine.
    Supervisor = 60900,
    /// libnfc.
    Reader = 60901,
    /// The screen the person trusts.
    Shell = 60902,
    /// One session of one agent.
    Browser = 60903,
    /// The allow-list proxy.
    Egress = 60904,
    /// The browser's only view of the compositor.
    WaylandFilter = 60905,
    /// sway.
    Compositor = 60906,
    /// Status and updates.
    Agent = 60907,
    /// Light, sound, the small display, presence.
    Panel = 60908,
}

impl Role {
    /// Every role, for tables and tests.
    pub const ALL: [Self; 9] = [
        Self::Supervisor,
        Self::Reader,
        Self::Shell,
        Self::Browser,
        Self::Egress,
        Self::WaylandFilter,
        Self::Compositor,
        Self::Agent,
        Self::Panel,
    ];

    /// The numeric user, which is also the number of the role's own group.
    #[must_use]
    pub const fn uid(self) -> u32 {
        self as u32
    }

    /// The role whose user this is, if any.
    #[must_use]
    pub fn from_uid(uid: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.uid() == uid)
    }

    /// Supplementary groups the role is started with.
    #[must_use]
    pub const fn groups(self) -> &'static [Group] {
        match self {
            Self::Supervisor | Self::Egress | Self::Agent => &[Group::Ipc],
            Self::Reader | Self::Panel => &[Group::Ipc, Group::I2c],
            Self::Shell => &[Group::Ipc, Group::Wayland],
            Self::WaylandFilter => &[Group::Wayland],
            Self::Browser | Self::Compositor => &[],
        }
    }
}

/// Groups that open one socket or device each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Group {
    /// May connect to the supervisor.
    Ipc = 60920,
    /// May connect to the compositor.
    Wayland = 60921,
    /// May use I2C bus 1: a reader and a panel's display can share it.
    I2c = 60922,
}

impl Group {
    /// Every group, for tables and tests.
    pub const ALL: [Self; 3] = [Self::Ipc, Self::Wayland, Self::I2c];

    /// The numeric group.
    #[must_use]
    pub const fn gid(self) -> u32 {
        self as u32
    }
}
