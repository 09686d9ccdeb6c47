package wiretest

import (
	"maps"
	"strings"
	"testing"

	"licet/internal/license"
	"licet/internal/wire"
)

// complete is a table without a fault.
func complete() wire.ErrorTable {
	table := wire.ErrorTable{ByReason: map[license.Reason]wire.Row{}, ByCode: map[license.Code]wire.Row{}}
	for _, c := range license.Codes() {
		table.ByCode[c] = wire.Row{Status: 400, Message: "no"}
	}
	table.ByCode[license.Internal] = wire.Row{Status: 500, Message: "fault"}
	table.ByCode[license.Unavailable] = wire.Row{Status: 503, Message: "later"}
	for _, r := range license.Reasons() {
		if r.Code() == license.Refused {
			table.ByReason[r] = wire.Row{Status: 200, Message: "no"}
		}
	}
	return table
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		edit func(*wire.ErrorTable)
		want string // part of the only fault; "" is none
	}{
		{"complete", func(*wire.ErrorTable) {}, ""},
		{"no_code", func(e *wire.ErrorTable) { delete(e.ByCode, license.Conflict) }, "no row for the code conflict"},
		{"no_reason", func(e *wire.ErrorTable) { delete(e.ByReason, license.TransferLimit) }, "no row for the reason transfer_limit"},
		{"reason_5xx", func(e *wire.ErrorTable) { e.ByReason[license.DeviceLimit] = wire.Row{Status: 503, Message: "x"} }, "device_limit: a no is answered with 503"},
		{"no_status", func(e *wire.ErrorTable) { e.ByReason[license.DeviceLimit] = wire.Row{Message: "x"} }, "device_limit: a no is answered with 0"},
		{"fault_as_no", func(e *wire.ErrorTable) { e.ByReason[license.StorageFull] = wire.Row{Status: 403, Message: "x"} }, "storage_full: a fault of ours is answered with 403"},
		{"not_a_reason", func(e *wire.ErrorTable) { e.ByReason["gone"] = wire.Row{Status: 400} }, `"gone" is no reason`},
		{"too_large_5xx", func(e *wire.ErrorTable) { e.TooLarge = wire.Row{Status: 507, Message: "x"} }, "a body over the limit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			table := complete()
			table.ByReason, table.ByCode = maps.Clone(table.ByReason), maps.Clone(table.ByCode)
			tt.edit(&table)
			got := strings.Join(faults(table), "; ")
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) || strings.Contains(got, ";") {
				t.Errorf("faults = %q, want %q", got, tt.want)
			}
		})
	}
}
