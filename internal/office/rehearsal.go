package office

// Rehearsal returns an Office that does everything as this one does, refuses what this one would refuse, and answers as this one would,
// but keeps nothing of it and tells nobody: what it says is what a call would do now. Identities, keys and secrets in its
// answers stand for nothing. A call that works in several transactions sees nothing of its own earlier ones.
func (o *Office) Rehearsal() *Office {
	r := *o
	r.d.Store = o.d.Store.Rehearsal()
	r.rehearses = true
	return &r
}
