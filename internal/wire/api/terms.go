package api

import (
	"licet/internal/license"
	"licet/internal/office"
)

// Terms are what a license is sold with, or what a policy says of new ones.
type Terms struct {
	Type            license.Type        `json:"type" enum:"perpetual,time-limited,subscription,consumption" doc:"How a license ends."`
	Trial           bool                `json:"trial"`
	Starts          license.StartsAt    `json:"starts" enum:"first_use,issue,order" doc:"When the duration begins."`
	Duration        license.Span        `json:"duration" doc:"From the start to the expiry; 0s is no end."`
	Plan            string              `json:"plan,omitempty" doc:"The plan that set the duration, such as 30_days."`
	GraceHours      int64               `json:"grace_hours" minimum:"0" doc:"How long a subscription goes on after its expiry."`
	Maintenance     license.Span        `json:"maintenance" doc:"How long new versions may be used, from the start; 0s is for ever."`
	Lock            license.Lock        `json:"lock" enum:"none,hwid,ip" doc:"What an activation binds to."`
	Activations     license.Limit       `json:"activations" doc:"Devices at a time."`
	Transfers       license.Limit       `json:"transfers" doc:"Moves to another device, in all."`
	Users           license.Limit       `json:"users" doc:"License users at a time."`
	UserActivations license.Limit       `json:"user_activations" doc:"Devices per license user."`
	Level           int64               `json:"level" minimum:"0" doc:"The level it grants to who redeems it."`
	Password        license.PasswordUse `json:"password,omitempty" enum:"single,fixed,shared" doc:"Whose password is asked for besides the key; absent is none."`
	Sample          bool                `json:"sample" doc:"It is for the vendor's own tests."`
	RefuseVM        bool                `json:"refuse_vm" doc:"No activation in a virtual machine."`
	RefuseOffline   bool                `json:"refuse_offline" doc:"No activation by file."`
	Floating        *Floating           `json:"floating,omitempty"`
	Usage           *Usage              `json:"usage,omitempty"`
	Features        []Feature           `json:"features" nullable:"false"`
}

// Floating says how places are lent.
type Floating struct {
	Seats       license.Limit `json:"seats"`
	TimeoutMins int64         `json:"timeout_mins" minimum:"1" doc:"A seat that is not renewed for so long frees itself." example:"15"`
	Borrow      bool          `json:"borrow,omitempty" doc:"Whether a seat may be kept while offline."`
	BorrowHours int64         `json:"borrow_hours,omitempty" minimum:"0" doc:"For how long at most."`
}

// Usage says how much may be used.
type Usage struct {
	Max      license.Limit  `json:"max" doc:"Units in a period."`
	Overage  *license.Limit `json:"overage,omitempty" doc:"Units allowed beyond max; absent is none."`
	Negative bool           `json:"negative,omitempty" doc:"Whether units can be given back."`
	Reset    license.Period `json:"reset,omitempty" enum:"daily,weekly,monthly,annually" doc:"When the counter starts again, at 00:00 UTC; absent is never."`
}

// Feature is a named capability.
type Feature struct {
	Code     string        `json:"code" minLength:"1" maxLength:"100" example:"export"`
	Name     string        `json:"name,omitempty" maxLength:"200"`
	Duration *license.Span `json:"duration,omitempty" doc:"From the start of the license to the end of the feature; absent is as long as the license."`
	Floating *Floating     `json:"floating,omitempty" doc:"Seats of its own."`
	Usage    *Usage        `json:"usage,omitempty" doc:"A meter of its own."`
	Metadata Object        `json:"metadata,omitempty"`
}

// TermsPatch says what is to differ. Members that are absent stay as they are.
type TermsPatch struct {
	Type            Change[license.Type]        `json:"type,omitzero" required:"false" enum:"perpetual,time-limited,subscription,consumption" example:"subscription"`
	Trial           Change[bool]                `json:"trial,omitzero" required:"false"`
	Starts          Change[license.StartsAt]    `json:"starts,omitzero" required:"false" enum:"first_use,issue,order"`
	Duration        Change[license.Span]        `json:"duration,omitzero" required:"false" example:"12mo"`
	GraceHours      Change[int64]               `json:"grace_hours,omitzero" required:"false" minimum:"0"`
	Maintenance     Change[license.Span]        `json:"maintenance,omitzero" required:"false" example:"12mo"`
	Lock            Change[license.Lock]        `json:"lock,omitzero" required:"false" enum:"none,hwid,ip" example:"hwid"`
	Activations     Change[license.Limit]       `json:"activations,omitzero" required:"false" doc:"null is unlimited."`
	Transfers       Change[license.Limit]       `json:"transfers,omitzero" required:"false" doc:"null is unlimited."`
	Users           Change[license.Limit]       `json:"users,omitzero" required:"false" doc:"null is unlimited."`
	UserActivations Change[license.Limit]       `json:"user_activations,omitzero" required:"false" doc:"null is unlimited."`
	Level           Change[int64]               `json:"level,omitzero" required:"false" minimum:"0"`
	Password        Change[license.PasswordUse] `json:"password,omitzero" required:"false" enum:"single,fixed,shared" doc:"null is none."`
	Sample          Change[bool]                `json:"sample,omitzero" required:"false"`
	RefuseVM        Change[bool]                `json:"refuse_vm,omitzero" required:"false"`
	RefuseOffline   Change[bool]                `json:"refuse_offline,omitzero" required:"false"`
	Floating        Change[Floating]            `json:"floating,omitzero" required:"false" doc:"The whole of it; null is none."`
	Usage           Change[Usage]               `json:"usage,omitzero" required:"false" doc:"The whole of it; null is none. Only consumption licenses have it."`
	Features        Change[[]Feature]           `json:"features,omitzero" required:"false" doc:"All of them."`
}

// ViewTerms returns terms as the native doors show them.
func ViewTerms(t *license.Terms) Terms {
	v := Terms{
		Type: t.Type, Trial: t.Trial, Starts: t.Starts, Duration: t.Duration, Plan: t.Plan, GraceHours: t.GraceHours,
		Maintenance: t.Maintenance, Lock: t.Lock, Activations: t.Activations, Transfers: t.Transfers, Users: t.Users,
		UserActivations: t.UserActivations, Level: t.Level, Password: t.Password, Sample: t.Sample, RefuseVM: t.RefuseVM,
		RefuseOffline: t.RefuseOffline, Floating: viewFloating(t.Floating), Usage: viewUsage(t.Usage), Features: []Feature{},
	}
	for i := range t.Features {
		f := &t.Features[i]
		feature := Feature{Code: f.Code, Name: f.Name, Floating: viewFloating(f.Floating), Usage: viewUsage(f.Usage), Metadata: Object(f.Metadata)}
		if !f.Duration.IsZero() {
			feature.Duration = &f.Duration
		}
		v.Features = append(v.Features, feature)
	}
	return v
}

func viewFloating(f *license.FloatingTerms) *Floating {
	if f == nil {
		return nil
	}
	return &Floating{f.Seats, f.TimeoutMins, f.Borrow, f.BorrowHours}
}

func (f *Floating) terms() *license.FloatingTerms {
	if f == nil {
		return nil
	}
	return &license.FloatingTerms{Seats: f.Seats, TimeoutMins: f.TimeoutMins, Borrow: f.Borrow, BorrowHours: f.BorrowHours}
}

func viewUsage(u *license.UsageTerms) *Usage {
	if u == nil {
		return nil
	}
	v := &Usage{Max: u.Max, Negative: u.Negative, Reset: u.Reset}
	if u.Overage != license.None {
		v.Overage = &u.Overage
	}
	return v
}

func (u *Usage) terms() *license.UsageTerms {
	if u == nil {
		return nil
	}
	t := &license.UsageTerms{Max: u.Max, Negative: u.Negative, Reset: u.Reset}
	if u.Overage != nil {
		t.Overage = *u.Overage
	}
	return t
}

// Change is the patch as the office takes it.
func (p *TermsPatch) Change() office.TermsChange {
	c := office.TermsChange{
		Type: p.Type.Ptr(), Trial: p.Trial.Ptr(), Starts: p.Starts.Ptr(), Duration: p.Duration.Ptr(), GraceHours: p.GraceHours.Ptr(),
		Maintenance: p.Maintenance.Ptr(), Lock: p.Lock.Ptr(), Activations: p.Activations.Ptr(), Transfers: p.Transfers.Ptr(),
		Users: p.Users.Ptr(), UserActivations: p.UserActivations.Ptr(), Level: p.Level.Ptr(), Password: p.Password.Ptr(),
		Sample: p.Sample.Ptr(), RefuseVM: p.RefuseVM.Ptr(), RefuseOffline: p.RefuseOffline.Ptr(),
	}
	if p.Floating.Given {
		c.Floating = p.Floating.Value.terms()
	}
	if p.Usage.Given {
		c.Usage = p.Usage.Value.terms()
	}
	if p.Features.Given {
		list := make([]license.FeatureTerms, len(p.Features.Value))
		for i := range p.Features.Value {
			f := &p.Features.Value[i]
			list[i] = license.FeatureTerms{Code: f.Code, Name: f.Name, Floating: f.Floating.terms(), Usage: f.Usage.terms(), Metadata: string(f.Metadata)}
			if f.Duration != nil {
				list[i].Duration = *f.Duration
			}
		}
		c.Features = &list
	}
	return c
}
