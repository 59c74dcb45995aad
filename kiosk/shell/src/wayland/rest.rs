//! Whether anybody touches the screen or a key, asked of the seat with a threshold of one second.
//!
//! `ext-idle-notify-v1` where the compositor has it (sway 1.8), else KDE's older protocol (sway
//! 1.7).

use super::{Client, Event};
use crate::error::ShellError;
use wayland_client::globals::GlobalList;
use wayland_client::protocol::wl_seat::WlSeat;
use wayland_client::{Connection, Dispatch, QueueHandle, delegate_noop};
use wayland_protocols::ext::idle_notify::v1::client::{
    ext_idle_notification_v1::{self, ExtIdleNotificationV1},
    ext_idle_notifier_v1::ExtIdleNotifierV1,
};
use wayland_protocols_plasma::idle::client::{
    org_kde_kwin_idle::OrgKdeKwinIdle,
    org_kde_kwin_idle_timeout::{self, OrgKdeKwinIdleTimeout},
};

/// What counts as rest, in milliseconds.
const THRESHOLD: u32 = 1000;

/// Asks to be told.
///
/// # Errors
/// [`ShellError::Missing`] when the compositor has neither protocol.
pub fn watch(
    list: &GlobalList,
    queue: &QueueHandle<Client>,
    seat: &WlSeat,
) -> Result<(), ShellError> {
    if let Ok(notifier) = list.bind::<ExtIdleNotifierV1, _, _>(queue, 1..=1, ()) {
        notifier.get_idle_notification(THRESHOLD, seat, queue, ());
        return Ok(());
    }
    let idle: OrgKdeKwinIdle = list.bind(queue, 1..=1, ()).map_err(|_| {
        ShellError::Missing("an idle notification (ext_idle_notifier_v1 or org_kde_kwin_idle)")
    })?;
    idle.get_idle_timeout(seat, THRESHOLD, queue, ());
    Ok(())
}

delegate_noop!(Client: ExtIdleNotifierV1);
delegate_noop!(Client: OrgKdeKwinIdle);

impl Dispatch<ExtIdleNotificationV1, ()> for Client {
    fn event(
        client: &mut Self,
        _: &ExtIdleNotificationV1,
        event: ext_idle_notification_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            ext_idle_notification_v1::Event::Idled => client.say(Event::Active(false)),
            ext_idle_notification_v1::Event::Resumed => client.say(Event::Active(true)),
            _ => {}
        }
    }
}

impl Dispatch<OrgKdeKwinIdleTimeout, ()> for Client {
    fn event(
        client: &mut Self,
        _: &OrgKdeKwinIdleTimeout,
        event: org_kde_kwin_idle_timeout::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            org_kde_kwin_idle_timeout::Event::Idle => client.say(Event::Active(false)),
            org_kde_kwin_idle_timeout::Event::Resumed => client.say(Event::Active(true)),
            _ => {}
        }
    }
}
