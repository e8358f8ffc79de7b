package resource_test

import (
	"errors"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	orgv1 "github.com/wancun/wancun/proto/gen/wancun/org/v1"
	villagev1 "github.com/wancun/wancun/proto/gen/wancun/village/v1"
)

func TestAnUpdateChangesOnlyWhatTheMaskNames(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		made := k.createNeed(luxi, 1, 7)
		given := &villagev1.Need{Name: made.GetName(), Quantity: 9, Description: "ignored", Etag: made.GetEtag()}
		updated := must(k.needs.UpdateBy(province(), &villagev1.UpdateNeedRequest{
			Need: given, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"quantity"}},
		}, given, nil))(t)
		if updated.GetQuantity() != 9 || updated.GetDescription() != "" || updated.GetCategory() != "cataract_patients" {
			t.Errorf("updated = %v", updated)
		}
		for _, tt := range []struct {
			name string
			need *villagev1.Need
			mask []string
			code codes.Code
			why  string
			at   string
		}{
			{"a field that does not exist", &villagev1.Need{Quantity: 1}, []string{"colour"}, codes.InvalidArgument, "UNKNOWN_FIELD", "update_mask"},
			{"an output-only field", &villagev1.Need{}, []string{"state"}, codes.InvalidArgument, "NOT_CHANGEABLE", "update_mask"},
			{"the name", &villagev1.Need{}, []string{"name"}, codes.InvalidArgument, "NOT_CHANGEABLE", "update_mask"},
			{"a value that its annotation forbids", &villagev1.Need{Quantity: -1}, []string{"quantity"}, codes.InvalidArgument, "INVALID_REQUEST", "need.quantity"},
			{"a value that the kind forbids", &villagev1.Need{Quantity: 2_000_000}, []string{"quantity"}, codes.InvalidArgument, "TOO_MANY", "need.quantity"},
			{"a stale etag", &villagev1.Need{Quantity: 3, Etag: made.GetEtag()}, []string{"quantity"}, codes.Aborted, "STALE_ETAG", ""},
		} {
			tt.need.Name = made.GetName()
			_, err := k.needs.UpdateBy(province(), &villagev1.UpdateNeedRequest{UpdateMask: &fieldmaskpb.FieldMask{Paths: tt.mask}}, tt.need, nil)
			if tt.at == "" {
				wantFault(t, err, tt.code, tt.why)
			} else {
				wantFault(t, err, tt.code, tt.why, tt.at)
			}
		}
	})
}

func TestARuleThatChangesNothingWritesNothing(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	made := k.createNeed(luxi, 1, 1)
	same := must(k.needs.Change(province(), &villagev1.SubmitNeedRequest{Name: made.GetName()}, func(*villagev1.Need) error { return nil }))(t)
	if same.GetEtag() != made.GetEtag() || len(k.entries()) != 1 {
		t.Errorf("an unchanged resource got etag %q and %d entries", same.GetEtag(), len(k.entries()))
	}
}

func TestAnUpdateThatChangesNothingWritesNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, k *kit) {
		made := k.createNeed(luxi, 1, 7)
		same := func(n *villagev1.Need, paths ...string) {
			t.Helper()
			n.Name = made.GetName()
			r := &villagev1.UpdateNeedRequest{Need: n, RequestId: "7f3b1a52-9c7e-4f9d-8a51-0d2b1c3e4f50"}
			if len(paths) > 0 {
				r.UpdateMask = &fieldmaskpb.FieldMask{Paths: paths}
			}
			got := must(k.needs.UpdateBy(province(), r, n, func(_, updated *villagev1.Need) error {
				updated.Quantity++
				return errors.New("the rule ran")
			}))(t)
			if got.GetEtag() != made.GetEtag() || got.GetState() != made.GetState() || !got.GetUpdateTime().AsTime().Equal(made.GetUpdateTime().AsTime()) {
				t.Errorf("an update that changes nothing gave %v, want %v", got, made)
			}
		}
		same(someNeed(7))
		same(someNeed(7), "quantity")
		same(&villagev1.Need{}, "description")
		if n := len(k.entries()); n != 1 {
			t.Errorf("%d entries, want that of the creation alone", n)
		}
	})
}

func TestAnImmutableFieldKeepsItsValue(t *testing.T) {
	k := openKit(t, "sqlite://"+t.TempDir()+"/kit.db")
	made := must(k.orgs.CreateNamed(province(), &orgv1.CreateOrganizationRequest{}, "organizations/51433124MJJ000047Y",
		&orgv1.Organization{Uscc: "51433124MJJ000047Y", DisplayName: "示例", Division: "divisions/433124000000", Level: 4, Type: 1}, nil))(t)
	update := func(o *orgv1.Organization, paths ...string) error {
		o.Name = made.GetName()
		r := &orgv1.UpdateOrganizationRequest{Organization: o}
		if len(paths) > 0 {
			r.UpdateMask = &fieldmaskpb.FieldMask{Paths: paths}
		}
		_, err := k.orgs.UpdateBy(province(), r, o, nil)
		return err
	}
	wantFault(t, update(&orgv1.Organization{Uscc: "53433124MJJ000039X"}), codes.InvalidArgument, "NOT_CHANGEABLE", "organization.uscc")
	wantFault(t, update(&orgv1.Organization{Type: 2, DisplayName: "其他"}), codes.InvalidArgument, "NOT_CHANGEABLE", "organization.type")
	wantFault(t, update(&orgv1.Organization{Type: 1}, "type"), codes.InvalidArgument, "NOT_CHANGEABLE", "update_mask")
	check(t, update(&orgv1.Organization{Uscc: made.GetUscc(), Type: 1, DisplayName: "其他"}))
	check(t, update(&orgv1.Organization{Type: 2, DisplayName: "示例"}, "display_name")) // fields outside the mask are not read
}
