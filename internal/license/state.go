package license

// State is a snapshot of what is stored about one license and the device, place and feature that a
// claim speaks of.
type State struct {
	Product    Product
	License    License
	Device     *Device      // the claimed device as known on this license; nil when unknown
	Lease      *Lease       // the device's own hold on the claimed place, live or not; nil when none
	SeatsTaken int64        // live holds of other devices on the claimed place
	Grant      *Grant       // what was used of the claimed feature; nil when nothing yet
	User       *LicenseUser // who redeems, who redeemed, or whose license it is; nil when nobody
	Redemption *Redemption  // the license's redemption by that user; nil when not redeemed

	UserDevices int64 // other devices that the user has activated on the license
	Reserved    int64 // units of the claimed meter that are kept for others: live reservations but the one at hand

	Origin *Origin // where the claim comes from; nil where no address rule concerns the license
}

// Claim is what a client says when it asks.
type Claim struct {
	HardwareID string // "" when the client sent none
	Address    string // network address of the client, normalised
	Country    string // where the client says it is, by ISO 3166; "" is not said
	DeviceName string // host name
	AppVersion string
	Info       string // what else the client told about the machine, as JSON; "" leaves what is known
	VM         bool   // the client says it runs in a virtual machine
	Offline    bool   // the activation is by file
	Proved     bool   // the password that the license asks for was right
	Feature    string // code of the feature meant; "" is the license itself
	Amount     int64  // units to use; negative gives back
	Until      Time   // end of borrowing; 0 is the longest allowed
}

// Bind returns what the claimed device is known by under a lock; false when the claim lacks it.
// Under LockNone a device counts by its hardware id if it sent one, else by its address.
func (c *Claim) Bind(lock Lock) (Binding, bool) {
	switch {
	case lock == LockAddress:
		return Binding{BoundToAddress, c.Address}, c.Address != ""
	case c.HardwareID != "":
		return Binding{BoundToHardware, c.HardwareID}, true
	case lock == LockNone:
		return Binding{BoundToAddress, c.Address}, c.Address != ""
	}
	return Binding{}, false
}

// Change is what a decision does: the license as it shall be stored, what else is new, and the
// facts to record. Renewing a lease is the one change without an event: it says nothing new.
type Change struct {
	License     License
	Device      *Device       // insert when its ID is 0, else update
	Lease       *Lease        // insert or replace
	DropLeases  bool          // end every hold of Device, on the license and on its features
	DropLease   bool          // end the hold of Device on the claimed place only
	Grants      []Grant       // insert or replace
	Redemptions []Redemption  // insert or replace
	Users       []LicenseUser // update
	Reservation *Reservation  // insert
	Events      []Event

	DropReservation ReservationID // it is settled; 0 is none
}

// Empty reports whether there is nothing to store.
func (c *Change) Empty() bool { return len(c.Events) == 0 && c.Lease == nil }
