package cluster

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/wancun/wancun/proto/services"
)

// moves has PostgreSQL record every move of a journal's head, and of report's cursor in a journal: by which replica,
// from which position and to which. A trigger writes the record in the transaction of the move, under the row's lock.
type moves struct {
	conn   *pgx.Conn
	prefix string // of the schemas
	kills  []kill
}

// kill is the kill of a process, with its time.
type kill struct {
	replica
	at time.Time
}

// watch starts the recording. It must be called before the first move of interest.
func watch(t *testing.T, server string) *moves {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), server)
	if err != nil {
		t.Fatalf("connect to PostgreSQL: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) }) // nothing is left to lose
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	m := &moves{conn: conn, prefix: u.Query().Get("search_path")}
	m.exec(t, `CREATE TABLE %[1]sreport.moves (
			id BIGSERIAL PRIMARY KEY, at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
			who TEXT NOT NULL DEFAULT current_setting('application_name'), what TEXT NOT NULL, was BIGINT NOT NULL, is_now BIGINT NOT NULL);
		CREATE FUNCTION %[1]sreport.head_moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			INSERT INTO %[1]sreport.moves (what, was, is_now) VALUES (TG_ARGV[0], OLD.size, NEW.size); RETURN NULL; END $$;
		CREATE FUNCTION %[1]sreport.cursor_moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			INSERT INTO %[1]sreport.moves (what, was, is_now) VALUES ('cursor in ' || OLD.log, OLD.position, NEW.position); RETURN NULL; END $$;
		CREATE TRIGGER moved AFTER UPDATE ON %[1]sreport.cursors FOR EACH ROW EXECUTE FUNCTION %[1]sreport.cursor_moved();`)
	for _, service := range services.All() {
		m.exec(t, `CREATE TRIGGER moved AFTER UPDATE ON %[1]s`+service+`.journal_head
			FOR EACH ROW EXECUTE FUNCTION %[1]sreport.head_moved('head of `+service+`');`)
	}
	return m
}

func (m *moves) exec(t *testing.T, sql string) {
	t.Helper()
	if _, err := m.conn.Exec(t.Context(), fmt.Sprintf(sql, m.prefix)); err != nil {
		t.Fatalf("prepare to take notes: %v", err)
	}
}

// killed notes that a process is about to be killed.
func (m *moves) killed(r replica) { m.kills = append(m.kills, kill{r, time.Now()}) }

// move is one move of a head or cursor.
type move struct {
	At        time.Time
	Who, What string
	From, To  int64
}

// of returns the moves of the heads or cursors whose names begin with what, in order.
func (m *moves) of(t *testing.T, what string) []move {
	t.Helper()
	rows, err := m.conn.Query(t.Context(), fmt.Sprintf(
		`SELECT at, who, what, was, is_now FROM %sreport.moves WHERE what LIKE $1 || '%%' ORDER BY id`, m.prefix), what)
	if err != nil {
		t.Fatalf("read the notes: %v", err)
	}
	steps, err := pgx.CollectRows(rows, pgx.RowToStructByPos[move])
	if err != nil {
		t.Fatalf("read the notes: %v", err)
	}
	return steps
}

// mustFollowOneAnother fails the test unless every move begins where the previous one ended, both replicas made some,
// and the last one reached the end of the journal.
func (m *moves) mustFollowOneAnother(t *testing.T) {
	t.Helper()
	last := map[string]int64{}
	for _, service := range services.All() {
		last["head of "+service] = m.count(t, service)
		if service != "report" {
			last["cursor in "+service] = m.count(t, service)
		}
	}
	for what, end := range last {
		m.mustLeadTo(t, what, end)
	}
}

// mustLeadTo is mustFollowOneAnother for one head or cursor.
func (m *moves) mustLeadTo(t *testing.T, what string, end int64) {
	t.Helper()
	steps := m.of(t, what)
	who := map[string]int{}
	for n, step := range steps {
		who[step.Who]++
		if n > 0 && step.From != steps[n-1].To || step.To <= step.From {
			t.Errorf("%s moves from %d to %d after it came to %d", what, step.From, step.To, steps[max(n-1, 0)].To)
		}
	}
	if len(steps) == 0 || steps[len(steps)-1].To != end {
		t.Errorf("%s does not come to %d", what, end)
	}
	if len(who) != 2 {
		t.Errorf("%s was moved by %v", what, who)
	}
	t.Logf("%s came to %d by %v", what, end, who)
}

// count returns the number of a journal's entries. It fails the test unless they are numbered from 1 without a gap, and
// the revisions of every resource are in order.
func (m *moves) count(t *testing.T, service string) int64 {
	t.Helper()
	var entries, last, wrong int64
	err := m.conn.QueryRow(t.Context(), fmt.Sprintf(`SELECT count(*), max(position), count(*) FILTER (WHERE revision <> nth)
		FROM (SELECT position, revision, row_number() OVER (PARTITION BY resource ORDER BY position) AS nth
			FROM %s%s.journal_entries) AS numbered`, m.prefix, service)).Scan(&entries, &last, &wrong)
	if err != nil {
		t.Fatalf("count the entries of %s: %v", service, err)
	}
	if entries != last || wrong > 0 {
		t.Errorf("the journal of %s has %d entries up to position %d, and %d that are not of their resource's next revision", service, entries, last, wrong)
	}
	return entries
}

// takeOver is how soon the other replica must continue.
const takeOver = 5 * time.Second

// mustGoOn fails the test unless after every kill of a service's replica the other one took over its task: numbering
// the journal, or following the other journals.
func (m *moves) mustGoOn(t *testing.T) {
	t.Helper()
	for _, k := range m.kills {
		if k.Part == "gateway" {
			continue // it numbers and follows nothing
		}
		what := "head of " + k.Part
		if k.Part == "report" {
			what = "cursor in "
		}
		var soonest time.Duration
		for _, step := range m.of(t, what) {
			if after := step.At.Sub(k.at); step.Who == other(k.Name) && after > 0 && (soonest == 0 || after < soonest) {
				soonest = after
			}
		}
		if soonest == 0 || soonest > takeOver {
			t.Errorf("%s took over from %s after %v", other(k.Name), k.Name, soonest)
		}
	}
}
