package store

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

// someProduct makes a product of a tenant.
func someProduct(t testing.TB, s *Store, tenant license.TenantID, code string) license.ProductID {
	t.Helper()
	p := ProductRecord{Product: license.Product{Tenant: tenant, Code: code, Name: code}, Created: 1}
	mustWrite(t, s, func(tx *Tx) error { return tx.InsertProduct(&p) })
	return p.ID
}

// someUser makes a user of an application.
func someUser(t testing.TB, s *Store, tenant license.TenantID, product license.ProductID, name string, hardware ...string) license.ApplicationUser {
	t.Helper()
	u := license.ApplicationUser{
		LicenseUser: license.LicenseUser{Tenant: tenant, Product: product, Name: name, Created: 5},
		Hardware:    hardware, Email: []byte("digest of " + name),
	}
	mustWrite(t, s, func(tx *Tx) error {
		fresh, err := tx.InsertApplicationUser(&u, "hash")
		if err == nil && !fresh {
			err = fmt.Errorf("the name %s is taken", name)
		}
		return err
	})
	return u
}

func wantReason(t *testing.T, what string, err error, want license.Reason) {
	t.Helper()
	if got := license.ReasonOf(err); got != want {
		t.Errorf("%s = %v (%s), want %s", what, err, got, want)
	}
}

func TestApplicationUsers(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		tenant := someTenant(t, s, "aa")
		one, two := someProduct(t, s, tenant, "one"), someProduct(t, s, tenant, "two")
		ann, bob := someUser(t, s, tenant, one, "Ann", "z", "a"), someUser(t, s, tenant, one, "bob")
		other := someUser(t, s, tenant, two, "ann")
		mustWrite(t, s, func(tx *Tx) error {
			twice := license.ApplicationUser{LicenseUser: license.LicenseUser{Tenant: tenant, Product: one, Name: "aNN"}}
			if fresh, err := tx.InsertApplicationUser(&twice, ""); fresh || err != nil {
				t.Errorf("InsertApplicationUser(aNN) = %v, %v, want false", fresh, err)
			}
			got, err := tx.FindApplicationUser(tenant, one, "ANN")
			if diff := cmp.Diff(ann, got); diff != "" || err != nil {
				t.Errorf("FindApplicationUser(ANN) = %v (-want +got):\n%s", err, diff)
			}
			got, err = tx.FindApplicationUserByEmail(tenant, one, []byte("digest of bob"))
			if got.ID != bob.ID || err != nil {
				t.Errorf("FindApplicationUserByEmail = %d, %v, want %d", got.ID, err, bob.ID)
			}
			_, err = tx.FindApplicationUserByEmail(tenant, two, []byte("digest of bob"))
			wantReason(t, "FindApplicationUserByEmail in another application", err, license.UserUnknown)
			_, err = tx.FindApplicationUserByID(tenant+1, ann.ID)
			wantReason(t, "FindApplicationUserByID in another tenant", err, license.UserUnknown)

			if got, err = tx.LockApplicationUser(tenant, ann.ID); err != nil {
				return err
			}
			got.Address, got.SeenAt, got.Roams, got.ResetAfter, got.MutedUntil = "192.0.2.1", 7, true, 8, 9
			got.Email, got.Banned, got.BanReason = nil, true, "abuse"
			if err := tx.SaveApplicationUser(&got); err != nil {
				return err
			}
			saved, err := tx.FindApplicationUserByID(tenant, ann.ID)
			if diff := cmp.Diff(got, saved); diff != "" || err != nil {
				t.Errorf("once saved = %v (-want +got):\n%s", err, diff)
			}
			for name, want := range map[string]bool{"BOB": false, "anne": true, "Anne": true} {
				if renamed, err := tx.RenameApplicationUser(tenant, one, ann.ID, name); renamed != want || err != nil {
					t.Errorf("RenameApplicationUser(%s) = %v, %v, want %v", name, renamed, err, want)
				}
			}
			return nil
		})
		mustWrite(t, s, func(tx *Tx) error {
			list, err := tx.ListApplicationUsers(tenant, one, 0, 10)
			if err != nil || len(list) != 2 || list[0].ID != bob.ID || !slices.Equal(list[1].Hardware, []string{"z", "a"}) {
				t.Errorf("ListApplicationUsers = %+v, %v, want bob and Anne with z and a", list, err)
			}
			if list, err = tx.ListApplicationUsers(tenant, one, bob.ID, 1); err != nil || len(list) != 1 || list[0].ID != ann.ID {
				t.Errorf("ListApplicationUsers before bob = %+v, %v", list, err)
			}
			if n, err := tx.DropHardware(tenant, ann.ID); n != 2 || err != nil {
				t.Errorf("DropHardware = %d, %v, want 2", n, err)
			}
			for _, u := range []license.LicenseUserID{ann.ID, bob.ID, other.ID} {
				if err := tx.BindHardware(tenant, u, "m", 3); err != nil {
					return err
				}
			}
			if n, err := tx.DropAllHardware(tenant, one); n != 2 || err != nil {
				t.Errorf("DropAllHardware = %d, %v, want 2", n, err)
			}
			if err := tx.DropApplicationUser(tenant, bob.ID); err != nil {
				return err
			}
			users, _, err := tx.CountApplication(tenant, one)
			if users != 1 {
				t.Errorf("CountApplication = %d users, want 1", users)
			}
			return err
		})
	})
}

func TestUserProofs(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		tenant := someTenant(t, s, "aa")
		product := someProduct(t, s, tenant, "one")
		ann := someUser(t, s, tenant, product, "Key-Ann")
		mustWrite(t, s, func(tx *Tx) error {
			find := func() ApplicationLogin {
				login, _, err := tx.FindLogin(&LoginQuery{Tenant: tenant, Product: product, Name: "key-ann"})
				if err != nil {
					t.Error(err)
				}
				return login
			}
			if got := find(); got.Hash != "hash" || !got.Password || got.ByKey || got.Key != "" {
				t.Errorf("FindLogin = %+v, want the hash", got)
			}
			if err := tx.SetUserHash(tenant, ann.ID, "", true); err != nil {
				return err
			}
			if got := find(); got.Hash != "" || got.Password || !got.ByKey || got.Key != "KEY-ANN" {
				t.Errorf("FindLogin of one by key = %+v", got)
			}
			if err := tx.SetUserHash(tenant, ann.ID, "", false); err != nil {
				return err
			}
			for i, want := range []bool{true, false} {
				if claimed, err := tx.ClaimUserHash(tenant, ann.ID, fmt.Sprint("h", i)); claimed != want || err != nil {
					t.Errorf("ClaimUserHash %d = %v, %v, want %v", i, claimed, err, want)
				}
			}
			if hash, err := tx.UserHash(tenant, ann.ID); hash != "h0" || err != nil {
				t.Errorf("UserHash = %q, %v, want h0", hash, err)
			}
			for i, want := range []bool{true, false} {
				if taken, err := tx.TakeStep(tenant, ann.ID, 5); taken != want || err != nil {
					t.Errorf("TakeStep(5) %d = %v, %v, want %v", i, taken, err, want)
				}
			}
			factor := SecondFactor{Secret: []byte("s"), Step: 6, Pending: []byte("p"), PendingUntil: 7}
			if err := tx.SaveSecondFactor(tenant, ann.ID, &factor); err != nil {
				return err
			}
			if err := tx.SaveWebToken(tenant, ann.ID, []byte("t")); err != nil {
				return err
			}
			got := find()
			if diff := cmp.Diff(factor, got.Factor); diff != "" || string(got.Token) != "t" || !got.SecondFactor {
				t.Errorf("FindLogin = %+v (-want +got of the factor):\n%s", got, diff)
			}
			again, err := tx.SecondFactorOf(tenant, ann.ID)
			if diff := cmp.Diff(factor, again); diff != "" {
				t.Errorf("SecondFactorOf (-want +got):\n%s", diff)
			}
			return err
		})
	})
}

func someSession(tenant license.TenantID, product license.ProductID, id string, created, expires license.Time) *ApplicationSession {
	return &ApplicationSession{
		Tenant: tenant, Product: product, IDHash: sha256.Sum256([]byte(id)), Address: "192.0.2.1",
		Enckey: "e", Created: created, Expires: expires,
	}
}

func TestApplicationSessions(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		tenant := someTenant(t, s, "aa")
		one, two := someProduct(t, s, tenant, "one"), someProduct(t, s, tenant, "two")
		ann, bob := someUser(t, s, tenant, one, "ann"), someUser(t, s, tenant, one, "bob")
		first := someSession(tenant, one, "first", 10, 20)
		mustWrite(t, s, func(tx *Tx) error { return tx.InsertSession(first) })
		mustWrite(t, s, func(tx *Tx) error {
			got, err := tx.FindSession(tenant, one, first.IDHash, 19)
			if diff := cmp.Diff(*first, got); diff != "" || err != nil {
				t.Errorf("FindSession = %v (-want +got):\n%s", err, diff)
			}
			for what, err := range map[string]error{
				"at its end":             func() error { _, err := tx.FindSession(tenant, one, first.IDHash, 20); return err }(),
				"of another application": func() error { _, err := tx.FindSession(tenant, two, first.IDHash, 19); return err }(),
				"of another tenant":      func() error { _, err := tx.FindSession(tenant+1, one, first.IDHash, 19); return err }(),
			} {
				wantReason(t, "FindSession "+what, err, license.SessionUnknown)
			}
			if err := tx.SignInSession(tenant, first.IDHash, ann.ID); err != nil {
				return err
			}
			if got, err = tx.FindSession(tenant, one, first.IDHash, 19); got.User != ann.ID || got.UserName != "ann" {
				t.Errorf("once signed in = %+v, %v, want ann", got, err)
			}
			ch := license.BanUser(bob.LicenseUser, "abuse")
			if err := tx.Apply(tenant, "test", 11, &ch); err != nil {
				return err
			}
			err = tx.SignInSession(tenant, first.IDHash, bob.ID)
			if wantReason(t, "SignInSession of one who is banned", err, license.UserBanned); license.Describe(err).Message != "abuse" {
				t.Errorf("the message is %q, want the reason", license.Describe(err).Message)
			}
			wantReason(t, "SignInSession of no session", tx.SignInSession(tenant, [32]byte{1}, ann.ID), license.SessionUnknown)
			wantReason(t, "SignInSession of nobody", tx.SignInSession(tenant, first.IDHash, 99), license.UserUnknown)
			for id, who := range map[string]license.LicenseUserID{"second": ann.ID, "third": 0} {
				more := someSession(tenant, one, id, 11, 30)
				more.User = who
				if err := tx.InsertSession(more); err != nil {
					return err
				}
			}
			if online, err := tx.OnlineUsers(tenant, one, 15, 10); !slices.Equal(online, []string{"ann"}) || err != nil {
				t.Errorf("OnlineUsers = %v, %v, want ann", online, err)
			}
			all, err := tx.ListSessions(tenant, one, 15, ApplicationSession{}, 10)
			if err != nil || len(all) != 3 || all[0].Expires != 20 || all[1].Handle() >= all[2].Handle() {
				t.Fatalf("ListSessions = %+v, %v, want three: the first, then the two that end together by their handles", all, err)
			}
			for i := range all {
				page, err := tx.ListSessions(tenant, one, 15, all[i], 1)
				if want := all[i+1 : min(i+2, len(all))]; !slices.Equal(page, want) || err != nil {
					t.Errorf("ListSessions beyond session %d = %+v, %v, want %+v", i, page, err, want)
				}
			}
			if left, err := tx.ListSessions(tenant, one, 20, all[0], 10); err != nil || len(left) != 2 {
				t.Errorf("ListSessions at the end of the first, beyond it = %+v, %v, want the other two", left, err)
			}
			for _, handle := range []string{"", "zz", first.Handle()[:10], fmt.Sprintf("%032d", 0)} {
				if ended, err := tx.DropSessionByHandle(tenant, one, handle); ended || err != nil {
					t.Errorf("DropSessionByHandle(%q) = %v, %v, want false", handle, ended, err)
				}
			}
			if ended, err := tx.DropSessionByHandle(tenant, two, first.Handle()); ended || err != nil {
				t.Errorf("DropSessionByHandle in another application = %v, %v, want false", ended, err)
			}
			if ended, err := tx.DropSessionByHandle(tenant, one, first.Handle()); !ended || err != nil {
				t.Errorf("DropSessionByHandle = %v, %v, want true", ended, err)
			}
			if n, err := tx.DropSessionsOfUser(tenant, ann.ID); n != 1 || err != nil {
				t.Errorf("DropSessionsOfUser = %d, %v, want 1", n, err)
			}
			n, err := tx.DropSessions(tenant, one)
			if n != 1 {
				t.Errorf("DropSessions = %d, want 1", n)
			}
			return err
		})
	})
}

// Each new session removes up to two that have ended, of its own application alone.
func TestSessionSweep(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		tenant := someTenant(t, s, "aa")
		one, two := someProduct(t, s, tenant, "one"), someProduct(t, s, tenant, "two")
		begin := func(product license.ProductID, id string, created license.Time) {
			t.Helper()
			mustWrite(t, s, func(tx *Tx) error { return tx.InsertSession(someSession(tenant, product, id, created, created+10)) })
		}
		for i := range 5 {
			begin(one, fmt.Sprint("a", i), license.Time(1+i))
		}
		begin(two, "b", 1)
		for i, want := range []int64{5, 4, 3, 2, 2} { // at last the newest of one, and that of two, which nobody sweeps
			begin(one, fmt.Sprint("c", i), license.Time(100+20*i))
			if got := count(t, s, "application_sessions"); got != want {
				t.Errorf("%d sessions after %d more, want %d", got, i+1, want)
			}
		}
	})
}

func TestBlocks(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		tenant := someTenant(t, s, "aa")
		one, two := someProduct(t, s, tenant, "one"), someProduct(t, s, tenant, "two")
		const user = license.LicenseUserID(7)
		mustWrite(t, s, func(tx *Tx) error {
			block := func(kind BlockKind, value string, user license.LicenseUserID) {
				t.Helper()
				if err := tx.AddBlock(&Block{Tenant: tenant, Product: one, Kind: kind, Value: value, Reason: "r", User: user, Created: 3}); err != nil {
					t.Fatal(err)
				}
			}
			want := func(address, hardware string, want bool) {
				t.Helper()
				if got, err := tx.IsBlocked(tenant, one, address, hardware); got != want || err != nil {
					t.Errorf("IsBlocked(%s, %s) = %v, %v, want %v", address, hardware, got, err, want)
				}
			}
			block(BlockAddress, "192.0.2.1", user)
			block(BlockHardware, "hw1", user)
			want("192.0.2.1", "", true)
			want("192.0.2.2", "", false)
			want("192.0.2.2", "hw1", true)
			want("hw1", "192.0.2.1", false)
			if got, err := tx.IsBlocked(tenant, two, "192.0.2.1", "hw1"); got || err != nil {
				t.Errorf("IsBlocked in another application = %v, %v, want false", got, err)
			}
			block(AllowAddress, "192.0.2.1", 0)
			want("192.0.2.1", "hw2", false)
			want("192.0.2.1", "hw1", true)
			block(BlockHardware, "hw1", 0) // by hand too
			if n, err := tx.DropBlocksOfUser(tenant, user); n != 2 || err != nil {
				t.Errorf("DropBlocksOfUser = %d, %v, want 2", n, err)
			}
			want("192.0.2.2", "hw1", true) // by hand still
			block(BlockAddress, "192.0.2.9", 0)
			list, err := tx.ListBlocks(tenant, one, false, Block{}, 1)
			if err != nil || len(list) != 1 || list[0].Value != "hw1" || list[0].User != 0 {
				t.Errorf("ListBlocks = %+v, %v, want hw1", list, err)
			}
			if list, err = tx.ListBlocks(tenant, one, false, list[0], 10); err != nil || len(list) != 1 || list[0].Value != "192.0.2.9" {
				t.Errorf("ListBlocks beyond hw1 = %+v, %v, want 192.0.2.9", list, err)
			}
			if list, err = tx.ListBlocks(tenant, one, true, Block{}, 10); err != nil || len(list) != 1 || list[0].Kind != AllowAddress {
				t.Errorf("ListBlocks of what is let in = %+v, %v", list, err)
			}
			if dropped, err := tx.DropBlock(tenant, one, BlockAddress, "192.0.2.1"); dropped || err != nil {
				t.Errorf("DropBlock of nothing = %v, %v", dropped, err)
			}
			if n, err := tx.DropBlocks(tenant, one, BlockAddress, BlockHardware); n != 2 || err != nil {
				t.Errorf("DropBlocks = %d, %v, want 2", n, err)
			}
			want("192.0.2.9", "hw1", false)
			return nil
		})
		err := s.Write(t.Context(), func(tx *Tx) error { return tx.AddBlock(&Block{Tenant: tenant, Product: one, Kind: BlockAddress}) })
		wantCode(t, "AddBlock of nothing", err, license.Invalid)
	})
}
