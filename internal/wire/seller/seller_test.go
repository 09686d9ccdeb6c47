package seller

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire"
	"licet/internal/wire/wiretest"
)

// step is a call of a type that succeeds.
type step struct {
	name    string
	query   string // $ stands for what before has left
	message string // "" is none; * stands for anything
	part    string // of the answer
	status  int    // 0 is 200
	before  func(*scene) string
}

// TestEveryType calls every type, with a key that may do no more than the type needs, and sees that it succeeds with its
// text; and that a key without that is told what it lacks.
func TestEveryType(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		table := actions()
		seen := map[string]bool{}
		for _, st := range everyType() {
			a := table[strings.ToLower(st.name)]
			seen[a.name] = true
			left := ""
			if st.before != nil {
				left = st.before(s)
			}
			query := "type=" + st.name + "&" + strings.ReplaceAll(st.query, "$", left)
			if len(a.needs) > 0 {
				got := s.ask(s.key(identity.NewScopes(identity.ReadOrders)), query)
				want := fmt.Sprintf(`{"success":false,"message":"The seller key lacks the permission %s"}`, a.needs[0])
				if got.Status != http.StatusForbidden || got.Body != want {
					s.t.Errorf("%s without permission = %d %s, want 403 %s", st.name, got.Status, got.Body, want)
				}
			}
			got := s.ask(s.key(identity.NewScopes(a.needs...)), query)
			if st.status == 0 {
				st.status = http.StatusOK
			}
			out := s.object(got)
			message, _ := out["message"].(string)
			if begin, end, some := strings.Cut(st.message, "*"); some && strings.HasPrefix(message, begin) && strings.HasSuffix(message, end) {
				message = st.message
			}
			if got.Status != st.status || out["success"] != true || message != st.message {
				s.t.Errorf("%s = %d %s, want %d success %q", query, got.Status, got.Body, st.status, st.message)
			}
			if !strings.Contains(got.Body, st.part) {
				s.t.Errorf("%s = %s, want %s in it", query, got.Body, st.part)
			}
		}
		for _, name := range strings.Fields(contractTypes) {
			if !seen[name] {
				s.t.Errorf("no step calls %s", name)
			}
		}
	})
}

// everyType lists steps in an order in which each finds what it needs: what one makes, a later one changes and removes.
func everyType() []step {
	return append(append(licenseSteps(), userSteps()...), append(thingSteps(), appSteps()...)...)
}

// fresh is a step's before that makes a license, and leaves its key.
func fresh(s *scene) string { return s.do("type=add&expiry=1")["key"].(string) }

func licenseSteps() []step {
	const masked = "type=add&expiry=1&mask="
	return []step{
		{name: "add", query: "expiry=1&mask=K1&note=n1&owner=shop", message: "License Successfully Generated", part: `"key":"K1"`},
		{name: "add", query: "expiry=0.5&amount=3&character=2", message: "Licenses successfully generated", part: `"keys":["`, status: 302},
		{name: "addtime", query: "time=1", message: "Added time to unused licenses!"},
		{name: "verify", query: "key=k1", message: "Key Successfully Verified"},
		{name: "info", query: "key=K1", part: `"duration":"172800","hwid":"","note":"n1","status":"Not Used","level":"1","createdby":"shop","usedby":"","usedon":"","creationdate":"1774267200"`},
		{name: "keydata", query: "key=K1", part: `"key":"K1","note":"n1","expires":"172800","status":"Not Used","level":"1","genby":"shop","gendate":"1774267200","usedon":null,"usedby":null,"app":"app","banned":null`},
		{name: "setnote", query: "key=K1&note=n2", message: "Successfully set note"},
		{name: "edit", query: "key=K1&expiry=60", message: "License Edit Successful"},
		{name: "ban", query: "key=K1&reason=because&userToo=0", message: "Successfully banned license!"},
		{name: "unban", query: "key=K1", message: "Successfully unbanned license!"},
		{name: "activate", query: "user=ann&pass=pw&key=K1&hwid=" + hwid("a"), message: "Logged in!",
			part: `"info":{"username":"ann","subscriptions":[{"subscription":"default","key":"K1","expiry":"1774267260","timeleft":60}],"ip":""}`},
		{name: "assignkey", query: "user=ann&key=$", message: "Successfully assigned license!", before: fresh},
		{name: "getkey", query: "user=ann", part: `"key":"K1"`},
		{name: "getkeyfromuser", query: "user=ann", part: `"key":"K1"`},
		{name: "fetchallkeys", message: "Successfully Retrieved Licenses", part: `"usedby":"ann"`},
		{name: "del", query: "key=$&userToo=0", message: "Successfully deleted license!", before: fresh},
		{name: "delmultiple", query: "key=D1,+D2", message: "Successfully deleted licenses!", before: func(s *scene) string {
			s.do(masked + "D1")
			s.do(masked + "D2")
			return ""
		}},
		{name: "delunused", message: "Deleted All Unused Keys!", before: fresh},
		{name: "delused", message: "Deleted All Used Keys!", before: func(s *scene) string {
			s.do("type=assignkey&user=ann&key=" + fresh(s))
			return ""
		}},
		{name: "delalllicenses", message: "Deleted All Keys!", before: fresh},
		{name: "delallusers", message: "Successfully deleted all users!"},
	}
}

func userSteps() []step {
	return []step{
		{name: "adduser", query: "user=bob&sub=default&expiry=1&pass=pw", message: "Successfully created user!"},
		{name: "adduser", query: "user=cleo&expiry=1&hwidAffected=0", message: "Successfully created user!"},
		{name: "extend", query: "user=bob&sub=default&expiry=1", message: "Successfully extended user(s)!"},
		{name: "extend", query: "user=all&sub=default&expiry=1&activeOnly=1", message: "Successfully extended user(s)!"},
		{name: "subtract", query: "user=bob&sub=default&seconds=86400", message: "Successfully subtracted time from user(s)!"},
		{name: "usersub", query: "user=bob", message: "Successfully retrieved subscriptions",
			part: `"subs":[{"subscription":"default","key":null,"expiry":"1774440000","timeleft":172800}]`},
		{name: "addhwiduser", query: "user=bob&hwid=" + hwid("b"), message: "Added HWID"},
		{name: "setcooldown", query: "user=bob&cooldown=60", message: "Cooldown set successfully!"},
		{name: "sethwidcool", query: "user=bob&cooldown=60", message: "Cooldown set successfully!"},
		{name: "setvar", query: "user=bob&var=plan&data=gold&readOnly=1", message: "Successfully set variable!"},
		{name: "setvar", query: "user=all&var=plan&data=gold", message: "Successfully set variable!"},
		{name: "getvar", query: "user=bob&var=plan", message: "Successfully retrieved variable", part: `"response":"gold"`},
		{name: "getuservardata", query: "user=cleo&var=plan", message: "Successfully retrieved variable", part: `"response":"gold"`},
		{name: "fetchalluservars", message: "Successfully retrieved user variables", part: `{"name":"plan","data":"gold","user":"bob"}`},
		{name: "userdata", query: "user=bob", part: `"ip":"","hwid":"` + hwid("b") + `","createdate":"1774267200","lastlogin":"0","cooldown":"1774267260","token":null,"uservars":[{"name":"plan","data":"gold"}],"banned":null`},
		{name: "getuserdata", query: "user=BOB", part: `"username":"bob"`},
		{name: "verifyuser", query: "user=bob", message: "User Successfully Verified"},
		{name: "resetuser", query: "user=bob", message: "Successfully reset user!"},
		{name: "resetalluser", message: "Successfully reset all users!"},
		{name: "banuser", query: "user=bob&reason=spam", message: "Successfully banned user!"},
		{name: "fetchallusers", message: "Successfully Retrieved Users", part: `"banned":"spam"`},
		{name: "unbanuser", query: "user=bob", message: "Successfully unbanned user!"},
		{name: "pauseuser", query: "username=bob", message: "Successfully paused user!"},
		{name: "unpauseuser", query: "username=bob", message: "Successfully unpaused user!"},
		{name: "resetpw", query: "user=bob&passwd=other", message: "Password reset successful"},
		{name: "changepw", query: "user=bob", message: "Password reset successful"},
		{name: "editemail", query: "user=bob&email=bob%40example.com", message: "Successfully edited email!"},
		{name: "editusername", query: "currentUsername=bob&newUsername=bert&sessionID=gone", message: "Successfully edited username!"},
		{name: "fetchallusernames", message: "Successfully Retrieved Usernames", part: `{"username":"bert"}`},
		{name: "deluservar", query: "user=bert&var=plan", message: "Successfully deleted variable!"},
		{name: "massUserVarDelete", query: "name=plan", message: "Successfully deleted user variables with that name!"},
		{name: "delsub", query: "user=bert&sub=default", message: "Successfully deleted subscription!"},
		{name: "muteuser", query: "user=bert&time=60", message: "Successfully muted user!"},
		{name: "fetchallmutes", message: "Successfully retrieved mutes", part: `"mutes":[{"user":"bert","time":"1774267260"}]`},
		{name: "unmuteuser", query: "user=bert", message: "Successfully unmuted user!"},
		{name: "deluser", query: "user=bert", message: "Successfully deleted user!"},
		{name: "delexpusers", message: "Successfully deleted expired users!", before: func(s *scene) string {
			s.do("type=adduser&user=short&expiry=0.001")
			s.do("type=subtract&user=short&sub=default&seconds=86")
			return ""
		}},

		{name: "addsub", query: "name=pro&level=2", message: "Successfully created subscription!"},
		{name: "editsub", query: "sub=pro&level=3", message: "Subscription successfully edited"},
		{name: "fetchallsubs", message: "Successfully retrieved subscriptions", part: `"subs":[{"name":"default","level":"1"},{"name":"pro","level":"3"}]`},
		{name: "countsubs", query: "name=default", message: "Subscription count found successfully", part: `"count":"1"`},
		{name: "pausesub", query: "subscription=default", message: "Successfully paused subscription!"},
		{name: "unpausesub", query: "subscription=default", message: "Successfully unpaused subscription!"},
		{name: "delappsub", query: "name=pro", message: "Successfully deleted subscription!"},
	}
}

func thingSteps() []step {
	file := func(s *scene) string {
		message := s.do("type=upload&authed=1&url=" + escape(s.elsewhere+"/tool.zip"))["message"].(string)
		return strings.Fields(message)[2]
	}
	session := func(s *scene) string {
		s.session()
		list := s.do("type=fetchallsessions")["sessions"].([]any)
		return list[0].(object)["id"].(string)
	}
	return []step{
		{name: "addvar", query: "name=v1&data=one&authed=0", message: "Successfully created variable!"},
		{name: "editvar", query: "varid=v1&data=two", message: "Variable Edit Successful"},
		{name: "retrvvar", query: "name=v1", message: "two"},
		{name: "fetchallvars", message: "Successfully retrieved variables", part: `"vars":[{"varid":"v1","msg":"two","authed":0}]`},
		{name: "delvar", query: "name=v1", message: "Successfully deleted variable!"},
		{name: "delallvars", message: "Successfully deleted all variables!", before: func(s *scene) string {
			s.do("type=addvar&name=v2&data=x&authed=1")
			return ""
		}},

		{name: "kill", query: "sessid=$", message: "Successfully killed session!", before: session},
		{name: "fetchallsessions", message: "Successfully retrieved sessions", part: `"credential":null,"expiry":"1774288800","validated":0,"ip":"203.0.113.1"`, before: session},
		{name: "killall", message: "Successfully killed all sessions!"},

		{name: "black", query: "ip=198.51.100.7&reason=bad", message: "Blacklist Addition Successful"},
		{name: "black", query: "hwid=" + hwid("x"), message: "Blacklist Addition Successful"},
		{name: "black", query: "data=198.51.100.8", message: "Blacklist Addition Successful"},
		{name: "fetchallblacks", message: "Successfully retrieved blacklists", part: `{"hwid":null,"ip":"198.51.100.7","type":"ip","data":"198.51.100.7","reason":"bad"}`},
		{name: "delblack", query: "blacktype=hwid&data=" + hwid("x"), message: "Successfully deleted blacklist!"},
		{name: "delblacks", message: "Successfully deleted all blacklists!"},
		{name: "addWhite", query: "ip=198.51.100.9", message: "Successfully added whitelist!"},
		{name: "delWhite", query: "ip=198.51.100.9", message: "Successfully deleted whitelist!"},
		{name: "delAllWhites", message: "Successfully deleted all whitelists!", before: func(s *scene) string {
			s.do("type=addWhite&ip=198.51.100.10")
			return ""
		}},

		{name: "upload", query: "authed=1&url=$", message: "File ID * Uploaded Successfully",
			before: func(s *scene) string { return escape(s.elsewhere + "/a.zip") }},
		{name: "editfile", query: "id=$&authed=0", message: "Successfully edited file!", before: file},
		{name: "fetchfile", query: "id=$", message: "Successfully retrieved file", part: `"name":"tool.zip","size":"6 B","authed":1}`, before: file},
		{name: "fetchallfiles", message: "Successfully retrieved files", part: `"files":[{"id":"`},
		{name: "delfile", query: "fileid=$", message: "Successfully deleted all files!", before: file},
		{name: "delallfiles", message: "Successfully deleted all files!"},

		{name: "addwebhook", query: "baseurl=https%3A%2F%2Fexample.com%2Fsecret&us=bot&authed=1", message: "Successfully added webhook!", part: `"webid":"`},
		{name: "addwebhook", query: "webid=w2&baseurl=https%3A%2F%2Fexample.com%2F&authed=0", message: "Successfully added webhook!", part: `"webid":"w2"`},
		{name: "fetchallwebhooks", message: "Successfully retrieved webhooks", part: `"short_baselink":"https://example.com","useragent":"bot","authed":1`},
		{name: "delwebhook", query: "webid=w2", message: "Successfully deleted webhook!"},
		{name: "delallwebhooks", message: "Successfully deleted all webhooks!"},

		{name: "addchannel", query: "name=general&delay=5", message: "Successfully created channel!"},
		{name: "editchan", query: "name=general&delay=1", message: "Successfully updated channel!"},
		{name: "fetchallchats", message: "Successfully retrieved chats", part: `"chats":[{"name":"general","delay":"60"}]`},
		{name: "clearchannel", query: "name=general", message: "Successfully cleared channel!"},
		{name: "delchannel", query: "name=general", message: "Successfully deleted channel!"},
	}
}

func appSteps() []step {
	return []step{
		{name: "setseller", message: "Seller Key Successfully Found"},
		{name: "stats", part: `"unused":"0","used":"0","paused":"0","banned":"0","totalkeys":"0","webhooks":"0","files":"0","vars":"0","resellers":"0","managers":"0","totalaccs":"0"`},
		{name: "updatesettings", query: "enabled=false&hwidcheck=false&ver=2.0&download=https%3A%2F%2Fexample.com%2Fnew&keyused=Taken!",
			message: "Settings Update Successful"},
		{name: "getsettings", message: "Retrieved Settings Successfully",
			part: `"enabled":false,"hwid-lock":false,"version":"2.0","download":"https://example.com/new"`},
		{name: "updatesettings", query: "enabled=true&ver=1.0", message: "Settings Update Successful"},
		{name: "getsettings", message: "Retrieved Settings Successfully", part: `"keytakenmsg":"Taken!"`},
		{name: "appdetails", message: "Successfully retrieved application details", part: `"appdetails":{"name":"app","ownerid":"`},
		{name: "addhash", query: "hash=ABCD", message: "Added hash successfully"},
		{name: "resethash", message: "Reset hash successfully!"},
		{name: "pauseapp", message: "Subscription paused application"},
		{name: "unpauseapp", message: "Subscription unpaused application"},
		{name: "fetchalllogs", message: "Successfully retrieved logs", part: `"logdate":"1774267200","logdata":"hi","credential":null,"pcuser":"pc"`,
			before: func(s *scene) string {
				v := s.visit(s.session())
				s.ok(s.Authority.WriteLog(s.t.Context(), &v, "hi", "pc"))
				return ""
			}},
		{name: "dellogs", message: "Successfully deleted all logs!"},

		{name: "addbutton", query: "value=go&text=Go!", message: "Successfully added button!"},
		{name: "fetchallbuttons", message: "Successfully retrieved buttons", part: `"buttons":[{"text":"Go!","value":"go"}]`},
		{name: "delbutton", query: "value=go", message: "Successfully deleted button!"},
		{name: "delAllButtons", message: "Successfully deleted all buttons!", before: func(s *scene) string {
			s.do("type=addbutton&value=go&text=Go!")
			return ""
		}},

		{name: "addAccount", query: "role=Reseller&user=rex&pass=pw&email=rex%40example.com&keylevels=1", message: "Successfully created account!"},
		{name: "addAccount", query: "role=manager&user=mia&pass=pw&email=mia%40example.com&perms=3", message: "Successfully created account!"},
		{name: "setbalance", query: "username=rex&day=5&lifetime=1", message: "Balance Successfully Added"},
		{name: "balance", query: "username=rex&day=1", message: "Balance Successfully Added"},
		{name: "getbalance", query: "username=rex&appname=App",
			part: `"balance":{"day":"6","week":"0","month":"0","three_month":"0","six_month":"0","lifetime":"1","year":"0"}`},
		{name: "fetchteam", message: "Successfully retrieved team", part: `"resellers":[{"username":"rex","email":"rex@example.com","balance":"6|0|0|0|0|1|0","key_levels":"1"}],"managers":[{"username":"mia","email":"mia@example.com","permissions":3,"key_levels":"N/A"}]`},
		{name: "deleteAccount", query: "user=rex", message: "Successfully deleted account!"},
	}
}

// TestRefusals checks what a type says no with.
func TestRefusals(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		s.do("type=add&expiry=1&mask=USED")
		s.do("type=activate&user=ann&pass=pw&key=USED&hwid=" + hwid("a"))
		s.do("type=add&expiry=1&mask=BANNED")
		s.do("type=ban&key=BANNED&reason=r")
		s.do("type=add&expiry=1&mask=FREE")
		s.do("type=add&expiry=1&mask=NOLEVEL&level=9")
		s.do("type=addvar&name=v&data=x&authed=0")
		s.do("type=black&hwid=" + hwid("x"))
		for _, tt := range []struct {
			query   string
			status  int
			message string
		}{
			{"", 200, "Type not specified"},
			{"type=nothing", 200, "Type doesn't exist"},
			{"type=add", 406, "Expiry not set"},
			{"type=add&expiry=0", 406, "Expiry not set"},
			{"type=add&expiry=soon", 406, "Expiry not set"},
			{"type=add&expiry=1&amount=101", 200, "You can only generate 100 licenses at a time"},
			{"type=add&expiry=1&amount=0", 200, "amount: the amount is at least 1"},
			{"type=add&expiry=1&amount=many", 200, "amount: it must be a whole number"},
			{"type=add&expiry=1&amount=2&mask=FIXED", 200, "Can't do custom key with amount greater than one"},
			{"type=addtime&time=0", 500, "Failed to add time!"},
			{"type=verify&key=NONE", 406, "Key Not Found"},
			{"type=info&key=NONE", 200, "Key Not Found"},
			{"type=keydata&key=NONE", 200, "Key Not Found"},
			{"type=activate&user=ann&pass=pw&key=FREE", 200, "Username Already Exists."},
			{"type=activate&user=new&pass=pw&key=NONE", 200, "Key Not Found."},
			{"type=activate&user=new&pass=pw&key=USED", 200, "Key Already Used."},
			{"type=activate&user=new&pass=pw&key=BANNED", 200, "Your license is banned."},
			{"type=activate&user=new&pass=pw&key=NOLEVEL", 200, "No active subscriptions found."},
			{"type=activate&user=new&pass=pw&key=FREE&hwid=" + hwid("x"), 200, "HWID is blacklisted"},
			{"type=assignkey&user=nobody&key=NOLEVEL", 200, "User not found!"},
			{"type=assignkey&user=ann&key=USED", 200, "Key Already Used."},
			{"type=del&key=NONE", 200, "Failed to delete license!"},
			{"type=delmultiple&key=USED,NONE", 200, "Failed to delete license!"},
			{"type=ban&key=NONE", 200, "Failed to ban license!"},
			{"type=unban&key=NONE", 200, "Failed to unban license!"},
			{"type=setnote&key=NONE&note=x", 200, "Failed to set note"},
			{"type=edit&key=NONE&expiry=60", 200, "Key Not Found"},
			{"type=getkey&user=nobody", 200, "License not found"},
			{"type=adduser&user=x&expiry=never", 200, "Expiry not set correctly, must be number of days"},
			{"type=adduser&user=x&expiry=-1", 200, "Subscription expiry must be set in the future!"},
			{"type=adduser&user=x&expiry=1&sub=none", 200, "Subscription not found!"},
			{"type=adduser&user=Ann&expiry=1", 200, "Username already exists!"},
			{"type=adduser&user=ALL&expiry=1", 200, "Failed to create user!"},
			{"type=extend&user=nobody&sub=default&expiry=1", 200, "User(s) not found!"},
			{"type=extend&user=ann&sub=none&expiry=1", 200, "Subscription not found!"},
			{"type=extend&user=ann&sub=default&expiry=0", 200, "Subscription expiry must be set in the future!"},
			{"type=subtract&user=ann&sub=default&seconds=0", 200, "Seconds specified must be greater than zero"},
			{"type=deluser&user=all", 200, "Failed to delete user!"},
			{"type=delexpusers", 200, "No users are expired!"},
			{"type=resetuser&user=all", 500, "Failed to reset user!"},
			{"type=setcooldown&user=ann&cooldown=-5", 200, "Failed to set cooldown!"},
			{"type=banuser&user=nobody&reason=x", 200, "User not found!"},
			{"type=verifyuser&user=nobody", 406, "User Not Found"},
			{"type=userdata&user=nobody", 200, "User not found"},
			{"type=usersub&user=nobody", 406, "No Subscriptions Found"},
			{"type=resetpw&user=nobody", 500, "Failed To reset password"},
			{"type=delsub&user=ann&sub=none", 200, "Failed to delete subscription!"},
			{"type=setvar&user=nobody&var=a&data=b", 200, "No users found!"},
			{"type=setvar&user=ann&var=&data=b", 200, "Failed to set variable!"},
			{"type=getvar&user=ann&var=none", 404, "Variable not found for user"},
			{"type=deluservar&user=ann&var=none", 200, "Failed to delete variable!"},
			{"type=fetchalluservars", 406, "No user variables Found"},
			{"type=addsub&name=default&level=1", 200, "Failed to create subscription!"},
			{"type=editsub&sub=none&level=1", 200, "Failed to edit subscription"},
			{"type=delappsub&name=none", 200, "Failed to delete subscription!"},
			{"type=countsubs&name=none", 200, "You haven't created a subscription with that name"},
			{"type=addvar&name=v&data=x&authed=0", 200, "Variable name already exists!"},
			{"type=addvar&name=w&data=x&authed=2", 200, "Authed must be 0 or 1"},
			{"type=retrvvar&name=none", 200, "Variable not found"},
			{"type=delvar&name=none", 200, "Failed to delete variable!"},
			{"type=kill&sessid=none", 200, "Failed to kill session!"},
			{"type=killall", 200, "Failed to kill all sessions!"},
			{"type=fetchallsessions", 406, "No sessions found"},
			{"type=delblack&data=x&blacktype=other", 200, "Invalid blacklist type!"},
			{"type=delblack&data=none&blacktype=ip", 200, "Failed to delete blacklist!"},
			{"type=upload&url=ftp%3A%2F%2Fexample.com", 200, "URL is invalid"},
			{"type=fetchallfiles", 406, "No files Found"},
			{"type=addwebhook&baseurl=nowhere&authed=1", 200, "Failed to add webhook!"},
			{"type=editchan&name=none&delay=1", 200, "Failed to update channel!"},
			{"type=delchannel&name=none", 200, "Failed to delete channel!"},
			{"type=muteuser&user=nobody&time=60", 200, "User doesn't exist!"},
			{"type=fetchallchats", 406, "No chat channels found"},
			{"type=fetchallmutes", 406, "No mutes found"},
			{"type=fetchallbuttons", 406, "No buttons found"},
			{"type=unpauseapp", 200, "Failed to unpause application"},
			{"type=getbalance&username=nobody", 200, "Account not found, or not owned by you"},
			{"type=getbalance&username=nobody&appname=other", 200, "The seller key is for another application"},
		} {
			got := s.ask(s.key(0), tt.query)
			out := s.object(got)
			if got.Status != tt.status || out["success"] != false || out["message"] != tt.message {
				s.t.Errorf("%s = %d %s, want %d %q", tt.query, got.Status, got.Body, tt.status, tt.message)
			}
		}
		if got := s.do("type=info&key=FREE")["status"]; got != "Banned" {
			s.t.Errorf("a license that somebody brought who is kept out is %v, want Banned", got)
		}
	})
}

// TestText checks format=text.
func TestText(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		for _, tt := range []struct {
			query  string
			status int
			want   string
		}{
			{"type=fetchallkeys&format=text", 406, "No License Keys Found"},
			{"type=add&expiry=1&mask=ONE&format=text", 200, "ONE"},
			{"type=add&expiry=1&mask=TWO&format=TXT", 200, "TWO"},
			{"type=fetchallkeys&format=text", 200, "TWO\nONE"},
			{"type=verify&key=NONE&format=text", 406, "Key Not Found"},
			{"type=info&key=ONE&format=Text", 200, "duration: 86400\nhwid: \nnote: \nstatus: Not Used\nlevel: 1\ncreatedby: SellerAPI\nusedby: \nusedon: \ncreationdate: 1774267200"},
			{"type=fetchallsubs&format=text", 200, "default\t1"},
			{"type=nothing&format=text", 200, "Type doesn't exist"},
			{"type=countsubs&name=default&format=text", 200, "0"},
			{"type=setseller&format=text", 200, "Seller Key Successfully Found"},
		} {
			got := s.ask(s.key(0), tt.query)
			if got.Status != tt.status || got.Body != tt.want || got.Header.Get("Content-Type") != textType {
				s.t.Errorf("%s = %d %q, want %d %q", tt.query, got.Status, got.Body, tt.status, tt.want)
			}
		}
		many := s.ask(s.key(0), "type=add&expiry=1&amount=3&format=text")
		if lines := strings.Split(many.Body, "\r\n"); many.Status != 302 || len(lines) != 3 || many.Header.Get("Location") != "" {
			s.t.Errorf("add of three = %d %q, want 302 and three lines", many.Status, many.Body)
		}
		if got := s.object(s.ask(s.key(0), "type=activate&user=ann&pass=pw&key=ONE&format=text")); got["success"] != true {
			s.t.Errorf("activate as text = %v, want JSON", got)
		}
	})
}

// TestAdmission checks who may call at all, and from where.
func TestAdmission(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		good := s.key(0)
		unknown := strings.Repeat("0", keyLength)
		const hello = "type=setseller"
		const found = `{"success":true,"message":"Seller Key Successfully Found"}`
		const length = "Invalid seller key length. Seller key is located in seller settings of dashboard."
		const nobody = `{"success":false,"message":"No application with specified seller key found"}`
		bearer := http.Header{"Authorization": {"Bearer " + good}}
		form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
		for _, tt := range []struct {
			name   string
			r      wiretest.Request
			status int
			want   string
		}{
			{"query", wiretest.Request{Path: "/?sellerkey=" + good + "&" + hello}, 200, found},
			{"no_slash", wiretest.Request{Path: "?sellerkey=" + good + "&" + hello}, 200, found},
			{"bearer", wiretest.Request{Path: "/?" + hello, Header: bearer}, 200, found},
			{"header", wiretest.Request{Path: "/?" + hello, Header: http.Header{"Authorization": {good}}}, 200, found},
			{"form", wiretest.Request{Method: "POST", Path: "/", Header: form, Body: hello + "&sellerkey=" + good}, 200, found},
			{"post_of_a_query", wiretest.Request{Method: "POST", Path: "?" + hello, Header: bearer}, 200, found},
			{"no_key", wiretest.Request{Path: "/?" + hello}, 404, length},
			{"short_key", wiretest.Request{Path: "/?sellerkey=" + good[1:] + "&" + hello}, 404, length},
			{"unknown_key", wiretest.Request{Path: "/?sellerkey=" + unknown + "&" + hello}, 404, nobody},
			{"unknown_key_as_text", wiretest.Request{Path: "/?format=text&sellerkey=" + unknown + "&" + hello}, 404, "No application with specified seller key found"},
		} {
			if tt.r.Method == "" {
				tt.r.Method = http.MethodGet
			}
			tt.r.Path = "/keyauth/api/seller" + tt.r.Path
			if got := s.Send(s.t, tt.r); got.Status != tt.status || got.Body != tt.want {
				s.t.Errorf("%s = %d %s, want %d %s", tt.name, got.Status, got.Body, tt.status, tt.want)
			}
		}

		_, err := s.Office.ChangeApplication(s.t.Context(), s.Operator, product, office.ApplicationChange{
			Settings: func(set *license.ApplicationSettings) { set.SellerAddresses = []string{"198.51.100.0/24"} }})
		s.ok(err)
		for from, status := range map[string]int{"198.51.100.7": 200, wiretest.Home: 403} {
			got := s.Send(s.t, wiretest.Request{Method: "GET", From: from, Path: "/keyauth/api/seller/?sellerkey=" + good + "&" + hello})
			if got.Status != status {
				s.t.Errorf("a call from %s = %d %s, want %d", from, got.Status, got.Body, status)
			}
		}
	})
}

// TestRevoked checks that a key that was revoked is as good as none.
func TestRevoked(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		key, secret, err := s.Office.CreateSellerKey(s.t.Context(), s.Operator, office.NewSellerKey{Product: product, Name: "old"})
		s.ok(err)
		if got := s.ask(secret.Reveal(), "type=setseller"); got.Status != 200 {
			s.t.Errorf("a key = %d %s, want 200", got.Status, got.Body)
		}
		_, err = s.Office.RevokeSellerKey(s.t.Context(), s.Operator, key.ID)
		s.ok(err)
		if got := s.ask(secret.Reveal(), "type=setseller"); got.Status != 404 {
			s.t.Errorf("a revoked key = %d %s, want 404", got.Status, got.Body)
		}
	})
}

// TestRate checks that each key has calls of its own.
func TestRate(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{Limit: 2, Window: time.Minute}, func(s *scene) {
		read := identity.NewScopes(identity.ReadLicenses)
		for range 2 {
			s.do("type=setseller")
		}
		const want = `{"success":false,"message":"This seller key has sent too many requests. Try again in a minute."}`
		got := s.ask(s.key(0), "type=setseller")
		if got.Status != 429 || got.Body != want || got.Header.Get("Retry-After") != "60" {
			s.t.Errorf("the third call = %d %s, want 429 %s", got.Status, got.Body, want)
		}
		if got := s.ask(s.key(read), "type=setseller"); got.Status != 200 {
			s.t.Errorf("a call with another key = %d %s, want 200", got.Status, got.Body)
		}
		s.Advance(time.Minute)
		s.do("type=setseller")
	})
}

// TestLongList checks that a list of several pages is whole, and told in order.
func TestLongList(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		const all = 2*pageSize + 20
		for range all / 100 {
			s.do2("type=add&expiry=1&amount=100")
		}
		s.do2("type=add&expiry=1&amount=20")
		s.do("type=adduser&user=bob&expiry=1") // A license without a key.
		keys := s.do("type=fetchallkeys")["keys"].([]any)
		seen := map[string]bool{}
		for _, k := range keys {
			seen[k.(object)["key"].(string)] = true
		}
		if len(keys) != all || len(seen) != all {
			s.t.Errorf("fetchallkeys tells %d licenses, %d of them different, want %d", len(keys), len(seen), all)
		}
		text := s.ask(s.key(0), "type=fetchallkeys&format=text").Body
		if got := strings.Count(text, "\n") + 1; got != all {
			s.t.Errorf("fetchallkeys as text has %d lines, want %d", got, all)
		}
	})
}

// do2 is do for several licenses, which are answered with 302.
func (s *scene) do2(query string) {
	s.t.Helper()
	if got := s.ask(s.key(0), query); got.Status != 302 {
		s.t.Fatalf("%s = %d %s, want 302", query, got.Status, got.Body)
	}
}

// TestOrderOfShop checks that a shop's order says how many licenses are made.
func TestOrderOfShop(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		got := s.Send(s.t, wiretest.JSON("/keyauth/api/seller/?type=add&expiry=1&amount=5&format=text&sellerkey="+s.key(0),
			`{"event":"order:paid","data":{"order":{"quantity":2}}}`))
		if lines := strings.Split(got.Body, "\r\n"); got.Status != 302 || len(lines) != 2 {
			s.t.Errorf("add = %d %q, want two lines", got.Status, got.Body)
		}
	})
}

// TestOneApplicationAlone checks that a key finds nothing of another application of the same vendor.
func TestOneApplicationAlone(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		_, err := s.Office.CreateProduct(s.t.Context(), s.Operator, office.NewProduct{Code: "other", Name: "Other"})
		s.ok(err)
		_, err = s.Office.CreateApplication(s.t.Context(), s.Operator, "other", office.NewApplication{})
		s.ok(err)
		_, secret, err := s.Office.CreateSellerKey(s.t.Context(), s.Operator, office.NewSellerKey{Product: "other", Name: "bot"})
		s.ok(err)
		s.do("type=add&expiry=1&mask=MINE")
		s.do("type=adduser&user=bob&expiry=1")
		for _, query := range []string{"type=verify&key=MINE", "type=verifyuser&user=bob", "type=fetchallkeys", "type=fetchallusers"} {
			if got := s.ask(secret.Reveal(), query); got.Status != http.StatusNotAcceptable {
				s.t.Errorf("%s with the key of another application = %d %s, want 406", query, got.Status, got.Body)
			}
		}
	})
}

// TestUserData checks what is told of a user whose time stands still, and to a key that may change them.
func TestUserData(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		s.do("type=adduser&user=bob&expiry=1&pass=very-secret")
		s.do("type=pauseuser&username=bob")
		s.Advance(time.Hour)
		got := s.do("type=userdata&user=bob")
		want := []any{object{"subscription": "default", "key": nil, "expiry": "1774357200", "timeleft": 86400.0}}
		if diff := cmp.Diff(want, got["subscriptions"]); diff != "" {
			s.t.Errorf("subscriptions of a paused user (-want +got):\n%s", diff)
		}
		if token, _ := got["token"].(string); len(token) != 32 || s.do("type=userdata&user=bob")["token"] != token {
			s.t.Errorf("token = %q, want the same 32 digits each time", token)
		}
		for _, query := range []string{"type=fetchallusers", "type=userdata&user=bob"} {
			if body := s.ask(s.key(0), query).Body; strings.Contains(body, "secret") || strings.Contains(body, "argon2") {
				s.t.Errorf("%s tells a password: %s", query, body)
			}
		}
	})
}

// TestFaultTellsNothing checks the answer to a fault of ours.
func TestFaultTellsNothing(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		d := &door{actions: map[string]*action{}}
		s.Open(s.t, d.open().Handler()) // It has no office, so it panics.
		key := strings.Repeat("0", keyLength)
		for query, want := range map[string]string{
			"type=info":             `{"success":false,"message":"Unhandled Error! Contact us if you need help"}`,
			"type=info&format=text": "Unhandled Error! Contact us if you need help",
		} {
			if got := s.ask(key, query); got.Status != http.StatusInternalServerError || got.Body != want {
				s.t.Errorf("a fault = %d %s, want 500 %s", got.Status, got.Body, want)
			}
		}
	})
}
