package seller

import (
	"strings"

	"licet/internal/identity"
)

// action is a type of §11.
type action struct {
	name    string
	aliases []string // what bots say as well
	needs   []identity.Permission
	serve   func(*call) error
}

// actions returns every type by its names, in lower case: bots do not agree on the case of letters.
func actions() map[string]*action {
	out := map[string]*action{}
	for _, list := range [][]action{licenseActions(), userActions(), levelActions(), thingActions(), appActions()} {
		for i := range list {
			a := &list[i]
			for _, name := range append(a.aliases, a.name) {
				out[strings.ToLower(name)] = a
			}
		}
	}
	return out
}

// may is what a type needs. Who may write may read too.
func may(list ...identity.Permission) []identity.Permission { return list }

func licenseActions() []action {
	read, write := may(identity.ReadLicenses), may(identity.WriteLicenses)
	redeem := may(identity.WriteLicenses, identity.WriteCustomers)
	return []action{
		{"add", nil, write, (*call).add},
		{"addtime", nil, write, (*call).addTime},
		{"verify", nil, read, (*call).verify},
		{"info", nil, read, (*call).info},
		{"activate", nil, redeem, (*call).activate},
		{"assignkey", nil, redeem, (*call).assignKey},
		{"del", nil, write, (*call).deleteLicense},
		{"delmultiple", nil, write, (*call).deleteLicenses},
		{"delunused", nil, write, (*call).deleteUnused},
		{"delused", nil, write, (*call).deleteUsed},
		{"delalllicenses", nil, write, (*call).deleteAllLicenses},
		{"ban", nil, write, (*call).banLicense},
		{"unban", nil, write, (*call).unbanLicense},
		{"setnote", nil, write, (*call).setNote},
		{"edit", nil, write, (*call).editLicense},
		{"getkey", []string{"getkeyfromuser"}, read, (*call).keyOfUser},
		{"keydata", nil, read, (*call).keyData},
		{"fetchallkeys", nil, read, (*call).allLicenses},
	}
}

func userActions() []action {
	read, write := may(identity.ReadCustomers), may(identity.WriteCustomers)
	return []action{
		{"adduser", nil, write, (*call).addUser},
		{"extend", nil, write, (*call).extend},
		{"subtract", nil, write, (*call).subtract},
		{"deluser", nil, write, (*call).deleteUser},
		{"delexpusers", nil, write, (*call).deleteExpired},
		{"delallusers", nil, write, (*call).deleteAllUsers},
		{"resetuser", nil, write, (*call).resetUser},
		{"resetalluser", nil, write, (*call).resetAll},
		{"addhwiduser", nil, write, (*call).addHardware},
		{"setcooldown", []string{"sethwidcool"}, write, (*call).setCooldown},
		{"banuser", nil, write, (*call).banUser},
		{"unbanuser", nil, write, (*call).unbanUser},
		{"pauseuser", nil, write, (*call).pauseUser},
		{"unpauseuser", nil, write, (*call).resumeUser},
		{"verifyuser", nil, read, (*call).verifyUser},
		{"userdata", []string{"getuserdata"}, read, (*call).userData},
		{"usersub", nil, read, (*call).subscriptionsOfUser},
		{"resetpw", []string{"changepw"}, write, (*call).resetPassword},
		{"editemail", nil, write, (*call).editEmail},
		{"editusername", nil, write, (*call).rename},
		{"delsub", nil, write, (*call).takeSubscription},
		{"setvar", nil, write, (*call).setUserVariable},
		{"getvar", []string{"getuservardata"}, read, (*call).userVariable},
		{"deluservar", nil, write, (*call).deleteUserVariable},
		{"massUserVarDelete", nil, write, (*call).deleteUserVariables},
		{"fetchallusers", nil, read, (*call).allUsers},
		{"fetchallusernames", nil, read, (*call).allNames},
		{"fetchalluservars", nil, read, (*call).allUserVariables},
	}
}

func levelActions() []action {
	read, write := may(identity.ReadProducts), may(identity.WriteProducts)
	return []action{
		{"addsub", nil, write, (*call).addLevel},
		{"editsub", nil, write, (*call).editLevel},
		{"delappsub", nil, write, (*call).deleteLevel},
		{"fetchallsubs", nil, read, (*call).allLevels},
		{"countsubs", nil, read, (*call).countHolders},
		{"pausesub", nil, write, (*call).pauseLevel},
		{"unpausesub", nil, write, (*call).resumeLevel},
	}
}

func thingActions() []action {
	read, write := may(identity.ReadProducts), may(identity.WriteProducts)
	readUsers, writeUsers := may(identity.ReadCustomers), may(identity.WriteCustomers)
	return []action{
		{"addvar", nil, write, (*call).addVariable},
		{"editvar", nil, write, (*call).editVariable},
		{"retrvvar", nil, read, (*call).variable},
		{"delvar", nil, write, (*call).deleteVariable},
		{"delallvars", nil, write, (*call).deleteVariables},
		{"fetchallvars", nil, read, (*call).allVariables},

		{"kill", nil, writeUsers, (*call).kill},
		{"killall", nil, writeUsers, (*call).killAll},
		{"fetchallsessions", nil, readUsers, (*call).allSessions},

		{"black", nil, writeUsers, (*call).block},
		{"delblack", nil, writeUsers, (*call).unblock},
		{"delblacks", nil, writeUsers, (*call).unblockAll},
		{"fetchallblacks", nil, readUsers, (*call).allBlocks},
		{"addWhite", nil, writeUsers, (*call).allow},
		{"delWhite", nil, writeUsers, (*call).disallow},
		{"delallwhites", nil, writeUsers, (*call).disallowAll},

		{"upload", nil, write, (*call).addFile},
		{"editfile", nil, write, (*call).editFile},
		{"fetchfile", nil, read, (*call).file},
		{"delfile", nil, write, (*call).deleteFile},
		{"delallfiles", nil, write, (*call).deleteFiles},
		{"fetchallfiles", nil, read, (*call).allFiles},

		{"addwebhook", nil, write, (*call).addWebhook},
		{"delwebhook", nil, write, (*call).deleteWebhook},
		{"delallwebhooks", nil, write, (*call).deleteWebhooks},
		{"fetchallwebhooks", nil, read, (*call).allWebhooks},

		{"addchannel", nil, writeUsers, (*call).addChannel},
		{"editchan", nil, writeUsers, (*call).editChannel},
		{"delchannel", nil, writeUsers, (*call).deleteChannel},
		{"clearchannel", nil, writeUsers, (*call).clearChannel},
		{"muteuser", nil, writeUsers, (*call).mute},
		{"unmuteuser", nil, writeUsers, (*call).unmute},
		{"fetchallchats", nil, readUsers, (*call).allChannels},
		{"fetchallmutes", nil, readUsers, (*call).allMutes},
	}
}

func appActions() []action {
	read, write := may(identity.ReadProducts), may(identity.WriteProducts)
	readStaff, writeStaff := may(identity.ReadUsers), may(identity.WriteUsers)
	return []action{
		{"stats", nil, may(identity.ReadLicenses), (*call).stats},
		{"getsettings", nil, read, (*call).settings},
		{"updatesettings", nil, write, (*call).updateSettings},
		{"appdetails", nil, write, (*call).details},
		{"addhash", nil, write, (*call).addHash},
		{"resethash", nil, write, (*call).resetHashes},
		{"pauseapp", nil, write, (*call).pause},
		{"unpauseapp", nil, write, (*call).resume},
		{"setseller", nil, nil, (*call).hello},
		{"fetchalllogs", nil, may(identity.ReadAudit), (*call).allLogs},
		{"dellogs", nil, may(identity.WriteAudit), (*call).deleteLogs},

		{"addbutton", nil, write, (*call).addButton},
		{"delbutton", nil, write, (*call).deleteButton},
		{"delallbuttons", nil, write, (*call).deleteButtons},
		{"fetchallbuttons", nil, read, (*call).allButtons},

		{"addAccount", nil, writeStaff, (*call).addStaff},
		{"deleteAccount", nil, writeStaff, (*call).deleteStaff},
		{"fetchteam", nil, readStaff, (*call).team},
		{"setbalance", []string{"balance"}, writeStaff, (*call).setBalance},
		{"getbalance", nil, readStaff, (*call).balance},
	}
}
