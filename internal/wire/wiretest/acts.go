package wiretest

import (
	"context"
	"fmt"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

func (w *World) e2ee(args []string, _ options) error {
	ctx, code := context.Background(), args[0]
	var key identity.Secret
	var err error
	switch args[1] {
	case "on":
		key, err = w.Office.SwitchOnE2EE(ctx, w.Operator, code)
	case "rotate":
		key, err = w.Office.RotateE2EE(ctx, w.Operator, code)
	case "off":
		err = w.Office.SwitchOffE2EE(ctx, w.Operator, code)
	default:
		return fmt.Errorf("write: e2ee %s on, rotate or off", code)
	}
	w.names[code+"_key"] = key.Reveal()
	return err
}

func (w *World) switchProduct(verb, code string) error {
	yes, no := true, false
	c := map[string]office.ProductChange{"disable": {Disabled: &yes}, "enable": {Disabled: &no}, "archive": {Archived: &yes}}[verb]
	_, err := w.Office.ChangeProduct(context.Background(), w.Operator, code, c)
	return err
}

func (w *World) activations(args []string, _ options) error {
	ref, err := w.ref(args[0])
	if err != nil {
		return err
	}
	limit, err := parseLimit(args[1])
	if err != nil {
		return err
	}
	return only(w.Office.ChangeLicenses(context.Background(), w.Operator, office.LicenseChange{Terms: office.TermsChange{Activations: &limit}}, ref))
}

func (w *World) onLicense(verb, key string) error {
	ref, err := w.ref(key)
	if err != nil {
		return err
	}
	ctx := context.Background()
	switch verb {
	case "suspend":
		return only(w.Office.SuspendLicenses(ctx, w.Operator, ref))
	case "resume":
		return only(w.Office.ResumeLicenses(ctx, w.Operator, ref))
	case "revoke":
		return only(w.Office.RevokeLicenses(ctx, w.Operator, "by hand", ref))
	case "ban":
		return only(w.Office.BanLicenses(ctx, w.Operator, "a test", false, ref))
	case "unban":
		return only(w.Office.UnbanLicenses(ctx, w.Operator, ref))
	}
	return only(w.Office.ResetDevices(ctx, w.Operator, ref))
}

// only returns what went wrong with the one license of a call.
func only(out []office.Outcome, err error) error {
	if err == nil && len(out) > 0 {
		err = out[0].Err
	}
	return err
}

func (w *World) onDevice(verb, key, bound string) error {
	ref, err := w.ref(key)
	if err != nil {
		return err
	}
	do := map[string]func(context.Context, identity.Actor, office.Ref, office.DeviceRef) (license.LicenseRecord, error){
		"free": w.Office.FreeDevice, "block": w.Office.BlockDevice, "unblock": w.Office.UnblockDevice}[verb]
	_, err = do(context.Background(), w.Operator, ref, office.DeviceRef{Bound: bound})
	return err
}

func (w *World) settle(verb, order string) error {
	do := map[string]func(context.Context, identity.Actor, string) (license.Order, error){
		"complete": w.Office.CompleteOrder, "cancel": w.Office.CancelOrder, "refund": w.Office.RefundOrder}[verb]
	_, err := do(context.Background(), w.Operator, order)
	return err
}

// count compares the stored counter of activations, and the devices that hold one, with a number.
func (w *World) count(args []string, _ options) error {
	ref, err := w.ref(args[0])
	if err != nil {
		return err
	}
	d, err := w.Office.ShowLicense(context.Background(), w.Operator, ref)
	if err != nil {
		return err
	}
	active := 0
	for _, device := range d.Devices {
		if device.Active {
			active++
		}
	}
	if got := fmt.Sprint(d.Activated); got != args[1] || fmt.Sprint(active) != args[1] {
		return fmt.Errorf("the license counts %s and %d devices hold a place, want %s", got, active, args[1])
	}
	return nil
}
