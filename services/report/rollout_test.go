package report

import (
	"context"
	"testing"

	"google.golang.org/grpc/codes"

	reportv1 "github.com/wancun/wancun/proto/gen/wancun/report/v1"

	"github.com/wancun/wancun/platform/database"
	"github.com/wancun/wancun/platform/servertest"
)

func TestAnOlderReplicaInTheMiddleOfARolloutCostsNoFigure(t *testing.T) {
	servertest.Engines(t, func(t *testing.T, db *database.DB) {
		s := newStage(t, db)
		s.bulletin(t, s.actions.write(t, campaign(), operations(1, orgA, luxi, 1000)))
		err := db.InTx(t.Context(), func(ctx context.Context, tx database.Tx) error { // an older replica starts and rebuilds the rollups in its shape
			if _, err := tx.ExecContext(ctx, "UPDATE generations SET shape = 0"); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, "DELETE FROM cells")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.bulletins.GetBulletin(t.Context(), &reportv1.GetBulletinRequest{Name: campaignName + "/bulletin"})
		if err != nil { // a follower may already have rebuilt them in the newer shape
			wantCode(t, err, codes.Unavailable, "FIGURES_BEING_COUNTED")
		} else if f := figures(b)["BR03"]; f.GetRecorded().GetValue() != 1000 {
			t.Errorf("BR03 = %v, want 1000 or a refusal", f)
		}
		at := s.actions.write(t, operations(2, orgB, longhui, 459))
		if f := figures(s.bulletin(t, at))["BR03"]; f.GetRecorded().GetValue() != 1459 {
			t.Errorf("BR03 = %v, want 1459", f)
		}
	})
}
