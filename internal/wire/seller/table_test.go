package seller

import (
	"os"
	"slices"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/wire/wiretest"
)

// contractTypes are the types of the contract, §11, as they stand there.
const contractTypes = `
add addtime verify info activate assignkey del delmultiple delunused delused delalllicenses ban unban setnote edit getkey keydata
fetchallkeys
adduser extend subtract deluser delexpusers delallusers resetuser resetalluser addhwiduser setcooldown banuser unbanuser pauseuser
unpauseuser verifyuser userdata usersub resetpw editemail editusername delsub setvar getvar deluservar massUserVarDelete
fetchallusers fetchallusernames fetchalluservars
addsub editsub delappsub fetchallsubs countsubs pausesub unpausesub
addvar editvar retrvvar delvar delallvars fetchallvars
kill killall fetchallsessions
black delblack delblacks fetchallblacks addWhite delWhite delallwhites
upload editfile fetchfile delfile delallfiles fetchallfiles
addwebhook delwebhook delallwebhooks fetchallwebhooks
addchannel editchan delchannel clearchannel muteuser unmuteuser fetchallchats fetchallmutes
stats getsettings updatesettings appdetails addhash resethash pauseapp unpauseapp setseller fetchalllogs dellogs
addbutton delbutton delallbuttons fetchallbuttons
addAccount deleteAccount fetchteam setbalance getbalance`

// contractAliases are the other names of the contract.
var contractAliases = map[string]string{
	"getkeyfromuser": "getkey", "getuserdata": "userdata", "getuservardata": "getvar", "sethwidcool": "setcooldown",
	"changepw": "resetpw", "delAllButtons": "delallbuttons", "delAllWhites": "delallwhites", "balance": "setbalance",
}

// TestTypesAreThoseOfTheContract checks that every type is served, by every name, and that there is no other.
func TestTypesAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	all := actions()
	want := strings.Fields(contractTypes)
	for _, name := range want {
		if a := all[strings.ToLower(name)]; a == nil || a.name != name || a.serve == nil {
			t.Errorf("the type %s is not served", name)
		}
	}
	for alias, name := range contractAliases {
		if a := all[strings.ToLower(alias)]; a == nil || a.name != name {
			t.Errorf("%s is not served as %s", alias, name)
		}
	}
	served := 0
	for _, list := range [][]action{licenseActions(), userActions(), levelActions(), thingActions(), appActions()} {
		for _, a := range list {
			if served++; !slices.Contains(want, a.name) {
				t.Errorf("%s is served and no type of the contract", a.name)
			}
		}
	}
	if served != len(want) {
		t.Errorf("%d types are served, want %d", served, len(want))
	}
}

// TestReadmeTellsPermissions checks that README.md lists every type beside what it needs, as the table has it.
func TestReadmeTellsPermissions(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range actions() {
		row := "| " + needsText(a.needs) + " |"
		found := false
		for line := range strings.Lines(string(text)) {
			found = found || strings.HasPrefix(line, row) && strings.Contains(line, "`"+a.name+"`")
		}
		if !found {
			t.Errorf("README.md does not list %s in the row %q", a.name, row)
		}
	}
}

func needsText(needs []identity.Permission) string {
	if len(needs) == 0 {
		return "none"
	}
	var out []string
	for _, p := range needs {
		out = append(out, "`"+string(p)+"`")
	}
	return strings.Join(out, " and ")
}

func TestErrorTable(t *testing.T) {
	t.Parallel()
	wiretest.ErrorTable(t, Errors)
}
