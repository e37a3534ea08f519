//! The format of the database, and how an older one becomes the newest.

use rusqlite::{Connection, TransactionBehavior};

/// `PRAGMA application_id`: "TZCM".
const APPLICATION: i64 = 0x545A_434D;

/// Each makes of the format before it the next. The first makes it of nothing. Append only.
const MIGRATIONS: &[&str] = &[include_str!("schema/v1.sql"), include_str!("schema/v2.sql")];

/// What was found instead of a database of this program that can be used.
#[derive(Debug)]
pub(crate) enum Unfit {
    Foreign,
    Newer { found: i64, known: i64 },
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Unfit {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

/// Brings the database to the newest format. Either wholly or, format by format, not at all.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), Unfit> {
    migrate_by(connection, MIGRATIONS)
}

fn migrate_by(connection: &mut Connection, migrations: &[&str]) -> Result<(), Unfit> {
    let read = |name| connection.pragma_query_value::<i64, _>(None, name, |row| row.get(0));
    let (application, found) = (read("application_id")?, read("user_version")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let is_new = tables == 0 && found == 0 && application == 0;
    if !is_new && application != APPLICATION {
        return Err(Unfit::Foreign);
    }
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if !(0..=known).contains(&found) {
        return Err(Unfit::Newer { found, known });
    }
    for (version, migration) in (1_i64..).zip(migrations) {
        if version <= found {
            continue;
        }
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        step.execute_batch(migration)?;
        step.pragma_update(None, "application_id", APPLICATION)?;
        step.pragma_update(None, "user_version", version)?;
        step.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: &str = "ALTER TABLE meta ADD COLUMN since INTEGER NOT NULL DEFAULT 7";

    fn version(connection: &Connection) -> i64 {
        connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap()
    }

    fn first() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        connection
            .execute(
                "INSERT INTO meta (name, value) VALUES ('nick', x'616e61')",
                [],
            )
            .unwrap();
        connection
    }

    #[test]
    fn an_older_format_becomes_the_newest_and_keeps_what_is_in_it() {
        let mut connection = first();
        let next = [MIGRATIONS, &[SECOND]].concat();
        migrate_by(&mut connection, &next).unwrap();
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let row: (String, i64) = connection
            .query_row("SELECT name, since FROM meta", [], read)
            .unwrap();
        assert_eq!(row, ("nick".to_owned(), 7));
        assert_eq!(version(&connection), i64::try_from(next.len()).unwrap());
    }

    #[test]
    fn a_migration_that_fails_leaves_the_format_before_it() {
        let mut connection = first();
        let before = version(&connection);
        let broken = "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)";
        let next = [MIGRATIONS, &[broken]].concat();
        assert!(matches!(
            migrate_by(&mut connection, &next),
            Err(Unfit::Failed(_))
        ));
        assert_eq!(version(&connection), before);
        assert!(connection.prepare("SELECT * FROM half").is_err());
        migrate(&mut connection).unwrap();
    }

    #[test]
    fn a_newer_format_is_left_alone() {
        let mut connection = first();
        let next = [MIGRATIONS, &[SECOND]].concat();
        migrate_by(&mut connection, &next).unwrap();
        let Err(Unfit::Newer { found, known }) = migrate(&mut connection) else {
            panic!("it was taken");
        };
        assert_eq!(found, known + 1);
    }

    #[test]
    fn another_programs_database_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE bookmarks (url)")
            .unwrap();
        assert!(matches!(migrate(&mut connection), Err(Unfit::Foreign)));
    }
}
