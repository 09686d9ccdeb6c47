package keyauth

import "licet/internal/license"

// action is one type of call (§6, §7).
type action struct {
	serve   func(*call) error
	opens   bool // it is made without a session
	guesses bool // it proves something that somebody might guess
	// reasons and faults are the words of this call alone: for a reason, and for a field that is Invalid.
	reasons map[license.Reason]word
	faults  map[string]word
	route   [2]string // what the log calls it, by dialect
}

// say puts an error into the words of the call.
func (a *action) say(err error) error {
	if err == nil {
		return nil
	}
	reason := license.ReasonOf(err)
	if own, ok := a.reasons[reason]; ok {
		own.reason = reason
		return own
	}
	if license.CodeOf(err) == license.Invalid {
		if own, ok := a.faults[license.Describe(err).Field]; ok {
			return own
		}
	}
	return err
}

// newCalls returns every call there is, by its type.
func newCalls() map[string]*action {
	calls := map[string]*action{
		"init":  {serve: (*call).openSession, opens: true, guesses: true},
		"check": {serve: (*call).check},

		"login":      {serve: (*call).login, guesses: true},
		"loginEmail": {serve: (*call).login, guesses: true},
		"register":   {serve: (*call).register, guesses: true},
		"license":    {serve: (*call).byKey, guesses: true},
		"upgrade":    {serve: (*call).upgrade, guesses: true},
		"forgot": {serve: (*call).forgot, guesses: true, reasons: map[license.Reason]word{license.UserUnknown: noSuchUser},
			faults: map[string]word{"email": otherEmail}},
		"logout":         {serve: (*call).logout},
		"changeUsername": {serve: (*call).changeUsername, reasons: map[license.Reason]word{license.NameTaken: nameUsed}},
		"ban":            {serve: (*call).ban, faults: map[string]word{"reason": longReason}},
		"2faenable": {serve: (*call).enableSecondFactor, guesses: true, reasons: map[license.Reason]word{
			license.SecondFactorWrong: wrongCode}},
		"2fadisable": {serve: (*call).disableSecondFactor, guesses: true, reasons: map[license.Reason]word{
			license.SecondFactorWrong: wrongCode, license.SecondFactorRequired: noCode}},

		"checkblacklist": {serve: (*call).checkBlocklist},
		"fetchOnline":    {serve: (*call).fetchOnline},
		"fetchStats":     {serve: (*call).fetchStats},

		"var":     {serve: (*call).variable},
		"getvar":  {serve: (*call).getVariable, reasons: map[license.Reason]word{license.VariableUnknown: noValue}},
		"setvar":  {serve: (*call).setVariable, faults: map[string]word{"data": noData, "data_length": longData}},
		"log":     {serve: (*call).writeLog, faults: map[string]word{"message": noLog, "message_length": longLog}},
		"webhook": {serve: (*call).webhook, reasons: map[license.Reason]word{license.OutsideFailed: outsideDown, license.ServerBusy: outsideBusy}},
		"file":    {serve: (*call).file, reasons: map[license.Reason]word{license.OutsideFailed: outsideDown, license.ServerBusy: outsideBusy}},

		"chatget":  {serve: (*call).chatMessages},
		"chatsend": {serve: (*call).sendChat, faults: map[string]word{"message": blankMessage, "message_length": longMessage}},
	}
	for name, a := range calls {
		a.route = [2]string{v13: "/api/1.3/?type=" + name, v12: "/api/1.2/?type=" + name}
	}
	calls["checkBlack"] = calls["checkblacklist"] // One SDK says so.
	return calls
}
