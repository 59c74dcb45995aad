//! What terminals say of themselves, and the updates they are offered.

use crate::{StorageError, Tx, during};
use borne_gateway_model::api::Version;
use borne_gateway_model::api::update::{Hours, Update};
use borne_gateway_model::{Moment, Offer, TerminalId};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// A terminal's last report.
#[derive(Clone, Debug)]
pub struct Report {
    /// When it came.
    pub seen: Moment,
    /// RAUC's `compatible`.
    pub board: String,
    /// RAUC's `bootname`.
    pub slot: String,
    /// Of the running image.
    pub version: Version,
    /// Whether the slot starts by itself.
    pub confirmed: bool,
    /// JSON.
    pub health: String,
    /// JSON.
    pub last_update: Option<String>,
}

/// An offer as IT sees it.
pub struct OfferRow {
    /// The terminal's name.
    pub terminal: String,
    /// What it is offered.
    pub update: Update,
    /// When it was offered.
    pub offered: Moment,
    /// What it said last, if anything.
    pub report: Option<Report>,
}

impl Tx {
    /// Keeps a report; returns the one before.
    ///
    /// # Errors
    /// The database failed.
    pub async fn put_report(
        &mut self,
        terminal: TerminalId,
        report: &Report,
    ) -> Result<Option<Report>, StorageError> {
        let work = async {
            let before = sqlx::query("SELECT * FROM terminal_status WHERE terminal = $1")
                .bind(terminal.0)
                .fetch_optional(self.on())
                .await?;
            sqlx::query(
                "INSERT INTO terminal_status (terminal, seen_at, board, slot, version, confirmed, health, last_update)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                 ON CONFLICT (terminal) DO UPDATE SET seen_at = excluded.seen_at, board = excluded.board,
                 slot = excluded.slot, version = excluded.version, confirmed = excluded.confirmed,
                 health = excluded.health, last_update = excluded.last_update",
            )
            .bind(terminal.0)
            .bind(report.seen.0)
            .bind(&report.board)
            .bind(&report.slot)
            .bind(report.version.to_string())
            .bind(report.confirmed)
            .bind(&report.health)
            .bind(&report.last_update)
            .execute(self.on())
            .await?;
            before.as_ref().map(read_report).transpose()
        };
        during("keep a terminal's report", work.await)
    }

    /// Replaces the terminal's offer, under a number that was never used before.
    ///
    /// # Errors
    /// The database failed.
    pub async fn offer(
        &mut self,
        terminal: TerminalId,
        offer: &Offer,
        now: Moment,
    ) -> Result<(), StorageError> {
        let work = async {
            sqlx::query("DELETE FROM update_offer WHERE terminal = $1")
                .bind(terminal.0)
                .execute(self.on())
                .await?;
            sqlx::query(
                "INSERT INTO update_offer (terminal, version, url, sha256, hours_from, hours_to, offered_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(terminal.0)
            .bind(offer.version.to_string())
            .bind(&offer.url)
            .bind(&offer.manifest_sha256)
            .bind(offer.hours.map(|hours| hours.from))
            .bind(offer.hours.map(|hours| hours.to))
            .bind(now.0)
            .execute(self.on())
            .await?;
            Ok(())
        };
        during("offer an update", work.await)
    }

    /// The terminal's offer.
    ///
    /// # Errors
    /// The database failed.
    pub async fn offered(&mut self, terminal: TerminalId) -> Result<Option<Update>, StorageError> {
        let row = sqlx::query(
            "SELECT id, update_offer.version AS offered_version, url, sha256, hours_from, hours_to
             FROM update_offer WHERE terminal = $1",
        )
        .bind(terminal.0)
        .fetch_optional(self.on())
        .await
        .and_then(|row| row.as_ref().map(read_update).transpose());
        during("look an offer up", row)
    }

    /// Takes it back; `false`: there was none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn withdraw(&mut self, terminal: TerminalId) -> Result<bool, StorageError> {
        let done = sqlx::query("DELETE FROM update_offer WHERE terminal = $1")
            .bind(terminal.0)
            .execute(self.on())
            .await;
        Ok(during("withdraw an offer", done)?.rows_affected() > 0)
    }

    /// All offers, by the terminal's name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn offers(&mut self) -> Result<Vec<OfferRow>, StorageError> {
        let rows = sqlx::query(
            "SELECT terminal.name AS name, update_offer.id AS id, update_offer.version AS offered_version, url, sha256,
             hours_from, hours_to, offered_at, terminal_status.*
             FROM update_offer JOIN terminal ON terminal.id = update_offer.terminal
             LEFT JOIN terminal_status ON terminal_status.terminal = update_offer.terminal ORDER BY terminal.name",
        )
        .fetch_all(self.on())
        .await
        .and_then(|rows| rows.iter().map(read_offer).collect());
        during("list the offers", rows)
    }
}

fn read_offer(row: &SqliteRow) -> Result<OfferRow, sqlx::Error> {
    let told = row.try_get::<Option<i64>, _>("seen_at")?.is_some();
    Ok(OfferRow {
        terminal: row.try_get("name")?,
        update: read_update(row)?,
        offered: Moment(row.try_get("offered_at")?),
        report: told.then(|| read_report(row)).transpose()?,
    })
}

fn read_update(row: &SqliteRow) -> Result<Update, sqlx::Error> {
    let hours = row.try_get::<Option<u16>, _>("hours_from")?.zip(row.try_get("hours_to")?);
    Ok(Update {
        offer: row.try_get::<i64, _>("id")?.unsigned_abs(),
        version: read_version(row, "offered_version")?,
        url: row.try_get("url")?,
        manifest_sha256: row.try_get("sha256")?,
        hours: hours.map(|(from, to)| Hours { from, to }),
    })
}

pub(crate) fn read_report(row: &SqliteRow) -> Result<Report, sqlx::Error> {
    Ok(Report {
        seen: Moment(row.try_get("seen_at")?),
        board: row.try_get("board")?,
        slot: row.try_get("slot")?,
        version: read_version(row, "version")?,
        confirmed: row.try_get("confirmed")?,
        health: row.try_get("health")?,
        last_update: row.try_get("last_update")?,
    })
}

fn read_version(row: &SqliteRow, column: &str) -> Result<Version, sqlx::Error> {
    row.try_get::<String, _>(column)?.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
