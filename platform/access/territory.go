package access

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	accessv1 "github.com/wancun/wancun/proto/gen/wancun/access/v1"

	"github.com/wancun/wancun/platform/fault"
	"github.com/wancun/wancun/platform/place"
)

// Territories extends the grants of callers by the successions of divisions: a grant for an area then covers the codes
// that the area has today or had before. It is safe for concurrent use. The zero value has no successions. After
// [Territories.Await], callers with a grant for an area are UNAVAILABLE until the successions have been read once.
type Territories struct {
	followed atomic.Bool
	known    atomic.Pointer[knownSuccessions]
}

// knownSuccessions holds the successions of one generation.
type knownSuccessions struct {
	generation  int64
	successions *place.Successions
	areas       sync.Map // []*accessv1.Grant_Part by area; nil for an area that covers its own code only
}

// Verifier returns a verifier that extends the grants of the principals that v returns.
func (t *Territories) Verifier(v Verifier) Verifier { return territorial{v, t} }

type territorial struct {
	verifier    Verifier
	territories *Territories
}

// Verify implements [Verifier].
func (v territorial) Verify(ctx context.Context, token string) (Principal, error) {
	by, err := v.verifier.Verify(ctx, token)
	if err != nil {
		return Principal{}, err
	}
	by.Grants, err = v.territories.extend(by.Grants)
	return by, err
}

// extend returns the grants with their territories. It does not change its argument.
func (t *Territories) extend(grants []*accessv1.Grant) ([]*accessv1.Grant, error) {
	known := t.known.Load()
	if known == nil && !t.followed.Load() {
		return grants, nil
	}
	extended := grants
	for i, g := range grants {
		if g.GetArea() == "" {
			continue
		}
		if known == nil {
			return nil, fault.Unavailable("PLACES_UNKNOWN", time.Second, nil)
		}
		parts := known.territory(g.GetArea())
		if parts == nil {
			continue
		}
		if &extended[0] == &grants[0] {
			extended = slices.Clone(grants)
		}
		extended[i] = proto.CloneOf(g)
		extended[i].Territory = parts
	}
	return extended, nil
}

// territory returns the parts of an area, nil for an area that covers its own code only.
func (k *knownSuccessions) territory(area string) []*accessv1.Grant_Part {
	if k.successions.Empty() {
		return nil
	}
	if found, ok := k.areas.Load(area); ok {
		return found.([]*accessv1.Grant_Part)
	}
	var parts []*accessv1.Grant_Part
	t := k.successions.Territory(area)
	if len(t) != 1 || t[0].Prefix != area || len(t[0].Except) > 0 {
		for _, p := range t {
			parts = append(parts, &accessv1.Grant_Part{Prefix: p.Prefix, Except: p.Except})
		}
	}
	k.areas.Store(area, parts)
	return parts
}

// CoversArea reports whether a grant covers the place with a code of [AreaOf]. Only a grant without an area covers an
// empty code.
func CoversArea(g *accessv1.Grant, code string) bool {
	switch {
	case g.GetArea() == "":
		return true
	case code == "":
		return false
	case len(g.GetTerritory()) == 0:
		return strings.HasPrefix(code, g.GetArea())
	}
	return slices.ContainsFunc(g.GetTerritory(), func(p *accessv1.Grant_Part) bool {
		return strings.HasPrefix(code, p.GetPrefix()) &&
			!slices.ContainsFunc(p.GetExcept(), func(hole string) bool { return strings.HasPrefix(code, hole) })
	})
}

// Parts returns what a grant for an area covers, nil for a grant without an area.
func Parts(g *accessv1.Grant) []*accessv1.Grant_Part {
	if g.GetArea() != "" && len(g.GetTerritory()) == 0 {
		return []*accessv1.Grant_Part{{Prefix: g.GetArea()}}
	}
	return g.GetTerritory()
}
