package resource

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"go.einride.tech/aip/ordering"

	"github.com/wancun/wancun/platform/access"
	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/page"
)

// ListRequest requests a page. If the request also has GetParent, the page lists the children of that parent; a parent
// ending in `/-` lists the children of all parents.
type ListRequest interface {
	GetPageSize() int32
	GetPageToken() string
	GetFilter() string
	GetOrderBy() string
}

// List returns one page of the rows that the caller may see, and the token of the next page, "" on the last. The rows
// have the requested order and then that of their names. This order is total, so concurrent writes cause no row to be
// skipped or repeated. INVALID_ARGUMENT names `filter`, `order_by` or `page_token`; NOT_FOUND names the parent.
func (s *Store[M]) List(ctx context.Context, r ListRequest) ([]M, string, error) {
	order, err := s.parseOrder(r.GetOrderBy())
	if err != nil {
		return nil, "", err
	}
	var parent string
	if p, ok := r.(interface{ GetParent() string }); ok {
		parent = p.GetParent()
	}
	q := pageQuery{query: queryDigest(s.kind.Table, parent, r.GetFilter(), r.GetOrderBy())}
	by := access.From(ctx)
	if err := s.where(ctx, &q, by, parent, r.GetFilter()); err != nil {
		return nil, "", err
	}
	if token := r.GetPageToken(); token != "" {
		if err := s.resume(&q, order, token); err != nil {
			return nil, "", err
		}
	}
	if err := s.listed(ctx, parent); err != nil {
		return nil, "", err
	}
	size := page.Size(r.GetPageSize())
	rows, err := database.All[row](ctx, s.kit.DB.Reader(), q.sql(s.selectRows, order, size+1), q.args...)
	if err != nil {
		return nil, "", fmt.Errorf("list %s: %w", s.kind.Table, err)
	}
	return s.finishPage(ctx, by, rows, size, order, q.query)
}

// pageQuery collects the conditions of a list.
type pageQuery struct {
	query      [32]byte // identifies the list; a page token is valid for this list only
	conditions []string
	args       []any
}

func (q *pageQuery) and(condition string) {
	if condition != "" {
		q.conditions = append(q.conditions, condition)
	}
}

func (q *pageQuery) sql(selectRows string, order []orderField, limit int) string {
	var b strings.Builder
	b.WriteString(selectRows)
	if len(q.conditions) > 0 {
		b.WriteString(" WHERE " + strings.Join(q.conditions, " AND "))
	}
	for i, o := range order {
		b.WriteString([]string{" ORDER BY ", ", "}[min(i, 1)] + o.column)
		if o.desc {
			b.WriteString(" DESC")
		}
	}
	b.WriteString(" LIMIT " + mark(&q.args, limit))
	return b.String()
}

func (s *Store[M]) where(ctx context.Context, q *pageQuery, by access.Principal, parent, filter string) error {
	if prefix := s.shape.underParent(parent); prefix != "" {
		// The names with the prefix, as a range of the primary key: '0' follows '/'.
		end := strings.TrimSuffix(prefix, "/") + "0"
		q.and("name >= " + mark(&q.args, prefix))
		q.and("name < " + mark(&q.args, end))
	}
	var narrowed string
	narrowed, q.args = s.narrow(by, q.args)
	q.and(narrowed)
	condition, err := s.filters.sql(filter, &q.args, s.find(ctx))
	if err != nil {
		return err
	}
	q.and(condition)
	return nil
}

// orderField is one field of an order. The last field of every order is the name.
type orderField struct {
	column string
	desc   bool
}

func (s *Store[M]) parseOrder(text string) ([]orderField, error) {
	var parsed ordering.OrderBy
	if err := parsed.UnmarshalString(text); err != nil {
		return nil, refuse("order_by", unreadable, words{
			"must be fields separated by commas, each with desc after it or not", "须为逗号分隔的字段，每个之后可加 desc",
		})
	}
	var order []orderField
	total := false // whether the name is reached; later fields have no effect
	for _, f := range parsed.Fields {
		known, ok := s.filters[f.Path]
		if !ok {
			return nil, refuse("order_by", unknownField, say("has the field %[1]q, which is none of %[2]s",
				"中的 %[1]q 不是可排序的字段，可用：%[2]s", f.Path, s.filters.names()))
		}
		if !total {
			order = append(order, orderField{known.column, f.Desc})
			total = known.column == "name"
		}
	}
	if !total {
		order = append(order, orderField{column: "name"})
	}
	return order, nil
}

// resume adds the condition that a row comes after the row of the token.
func (s *Store[M]) resume(q *pageQuery, order []orderField, token string) error {
	cursor, err := s.kit.pages.Open(q.query, token)
	if err != nil {
		return err
	}
	var last []any
	d := json.NewDecoder(strings.NewReader(string(cursor)))
	d.UseNumber()
	if err := d.Decode(&last); err != nil || len(last) != len(order) {
		return page.Refused()
	}
	// (a > x) OR (a = x AND (b > y OR (b = y AND name > z)))
	var b strings.Builder
	for i, o := range order {
		value, err := cursorValue(last[i])
		if err != nil {
			return err
		}
		op := " > "
		if o.desc {
			op = " < "
		}
		m := mark(&q.args, value)
		b.WriteString("(" + o.column + op + m)
		if i < len(order)-1 {
			b.WriteString(" OR (" + o.column + " = " + m + " AND ")
		}
	}
	b.WriteString(strings.Repeat("))", len(order)-1) + ")")
	q.and(b.String())
	return nil
}

func cursorValue(v any) (any, error) {
	n, ok := v.(json.Number)
	if !ok {
		return v, nil
	}
	i, err := n.Int64()
	if err != nil {
		return nil, page.Refused()
	}
	return i, nil
}

func (s *Store[M]) finishPage(ctx context.Context, by access.Principal, rows []row, size int, order []orderField, query [32]byte) ([]M, string, error) {
	more := len(rows) > size
	if more {
		rows = rows[:size]
	}
	out := make([]M, len(rows))
	var next string
	for i := range rows {
		r := &rows[i]
		v, err := s.decode(r)
		if err != nil {
			return nil, "", err
		}
		if more && i == size-1 {
			cursor, err := json.Marshal(s.cursor(order, r, v.message))
			if err != nil {
				return nil, "", fmt.Errorf("seal page token: %w", err)
			}
			next = s.kit.pages.Seal(query, cursor)
		}
		out[i] = v.message
	}
	return out, next, s.show(ctx, by, out...)
}

func (s *Store[M]) cursor(order []orderField, r *row, m M) []any {
	values := make([]any, len(order))
	for i, o := range order {
		switch o.column {
		case "name":
			values[i] = r.Name
		case "create_us":
			values[i] = r.CreateUs
		case "update_us":
			values[i] = r.UpdateUs
		default:
			values[i] = s.columns[o.column].value(m)
		}
	}
	return values
}

func queryDigest(parts ...string) [32]byte {
	return sha256.Sum256([]byte(strings.Join(parts, "\x00")))
}
