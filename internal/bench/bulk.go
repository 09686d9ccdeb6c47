package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// bulkWithin is how long the making of all may take.
const bulkWithin = 10 * time.Second

// bulk measures the making of licenses as the vendor's people do it, so many in a transaction.
func (r *run) bulk(ctx context.Context) error {
	s, err := store.Open(ctx, store.Options{Dir: filepath.Join(r.dir, "bulk")})
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Migrate(ctx); err != nil {
		return err
	}
	o := office.New(office.Deps{Store: s, Now: now, Rand: rand.Reader})
	operator := identity.Actor{Kind: identity.Operator}
	tenant, err := o.CreateTenant(ctx, operator, "bench", productName)
	if err != nil {
		return err
	}
	operator = office.In(operator, tenant.ID)
	if _, err := o.CreateProduct(ctx, operator, office.NewProduct{Code: "bench", Name: productName}); err != nil {
		return err
	}
	distinct := make(map[string]bool, r.Medium)
	start := time.Now()
	for left := r.Medium; left > 0; left -= fillAtOnce {
		made, err := o.CreateLicenses(ctx, operator, office.NewLicenses{Product: "bench", Amount: min(left, fillAtOnce)})
		if err != nil {
			return err
		}
		for i := range made.Licenses {
			distinct[license.FoldKey(made.Licenses[i].Key)] = true
		}
	}
	took := time.Since(start)
	duplicates := r.Medium - len(distinct)
	r.fact(fmt.Sprintf("%s licenses with new keys, in runs of %s", thousands(r.Medium), thousands(fillAtOnce)),
		"%s, %s", short(took), perSecond(r.Medium, took))
	r.target(Target{
		What: fmt.Sprintf("seconds that %s licenses take, keys and all", thousands(r.Medium)), Want: fmt.Sprintf("less than %.0f", bulkWithin.Seconds()),
		Have: fmt.Sprintf("%.1f", took.Seconds()), Met: took < bulkWithin, Value: took.Seconds(),
	})
	r.target(Target{
		What: "keys made twice", Want: "0", Have: fmt.Sprint(duplicates), Met: duplicates == 0, Value: float64(duplicates),
	})
	return nil
}
