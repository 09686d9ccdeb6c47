package main

import (
	"fmt"

	"github.com/alecthomas/kong"
)

const groupGlobal = "global"

// globals are the flags of every command.
type globals struct {
	Data          string      `help:"Folder with the data." env:"LICET_DATA" default:"./licet-data" placeholder:"DIR" group:"global"`
	Database      string      `help:"postgres://… for PostgreSQL; when empty, the embedded database in the data folder." env:"LICET_DATABASE" placeholder:"URL" group:"global"`
	DatabaseFile  string      `help:"File that holds what --database takes, for a URL with a password." env:"LICET_DATABASE_FILE" placeholder:"FILE" group:"global"`
	MasterKeyFile string      `help:"File with the master key; by default master.key in the data folder. The key itself may stand in LICET_MASTER_KEY." env:"LICET_MASTER_KEY_FILE" placeholder:"FILE" group:"global"`
	Config        configFile  `help:"Configuration file (TOML). Flags and the environment win over it." env:"LICET_CONFIG" placeholder:"FILE" group:"global"`
	Tenant        string      `help:"Tenant to work in: code or id. It may be left out when there is only one, and in a demo." env:"LICET_TENANT" placeholder:"TENANT" group:"global"`
	JSON          bool        `help:"Print JSON." name:"json" group:"global"`
	Version       versionFlag `help:"Print the version." group:"global"`
	Help          helpFlag    `help:"Print this help." short:"h" group:"global"`
}

// cli is the whole command line.
type cli struct {
	globals

	Serve serveCommand `cmd:"" help:"Run the server."`

	Tenant      tenantCommand      `cmd:"" help:"Vendor companies: each owns its products, licenses and people."`
	User        userCommand        `cmd:"" help:"People who work for a tenant."`
	Key         keyCommand         `cmd:"" help:"API keys: credentials of programs."`
	App         appCommand         `cmd:"" help:"App keys: what your apps identify themselves with."`
	SigningKey  signingKeyCommand  `cmd:"" help:"Signing keys: what answers of the native API and license files are checked with."`
	Product     productCommand     `cmd:"" help:"What is sold."`
	Release     releaseCommand     `cmd:"" help:"Versions of a product that its apps may load."`
	Policy      policyCommand      `cmd:"" help:"Templates for the terms of new licenses."`
	License     licenseCommand     `cmd:"" help:"Licenses: issue them, change them, find them, export them."`
	LicenseUser licenseUserCommand `cmd:"" help:"End users who hold licenses."`
	Order       orderCommand       `cmd:"" help:"Orders: what licenses were bought with."`
	Customer    customerCommand    `cmd:"" help:"Buyers."`
	Account     accountCommand     `cmd:"" help:"Customer accounts: companies whose people sign in at an identity provider of their own."`
	Keyauth     keyauthCommand     `cmd:"" help:"Applications in the manner of KeyAuth: their users, their levels, and what is kept for them."`
	Airgap      airgapCommand      `cmd:"" help:"Activate devices that no file and no network reaches, by short codes."`
	Lockout     lockoutCommand     `cmd:"" help:"Addresses of end users that are locked out after too many rejections."`
	AddressRule addressRuleCommand `cmd:"" help:"From where licenses may be used: networks and countries that are let in, or kept out."`
	Mail        mailCommand        `cmd:"" help:"Mails to end users: what waits, what was sent, and what they say."`
	Webhook     webhookCommand     `cmd:"" help:"Webhook endpoints: addresses of yours that are told of events."`
	Event       eventCommand       `cmd:"" help:"What happened, and who did it."`
	Usage       usageCommand       `cmd:"" help:"How many calls the apps and programs of a tenant made, by month."`

	Migrate migrateCommand `cmd:"" help:"Bring the database up to this program."`
	Backup  backupCommand  `cmd:"" help:"Write everything the database holds to a file, beside a running server too."`
	Restore restoreCommand `cmd:"" help:"Fill an empty database from a backup."`
	Doctor  doctorCommand  `cmd:"" help:"Check every promise the data must keep, and name what is broken."`

	Bench      benchCommand      `cmd:"" help:"Measure speed and size on this machine, on data of its own."`
	BenchChild benchChild        `cmd:"" hidden:"" help:"A server that licet bench starts."`
	Completion completionCommand `cmd:"" help:"Print a completion script for a shell."`
	Ver        versionCommand    `cmd:"" name:"version" help:"Print the version."`
}

// helpFlag prints the help of the command it is given to.
type helpFlag bool

// BeforeReset runs before anything is checked, so that help is to be had whatever else is missing.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	if err := ctx.PrintUsage(false); err != nil {
		return err
	}
	return errShown
}

// versionFlag prints the version.
type versionFlag bool

// BeforeReset prints it, whatever else is missing.
func (versionFlag) BeforeReset(t *tool) error {
	if _, err := fmt.Fprintln(t.out, "licet", currentVersion().Version); err != nil {
		return err
	}
	return errShown
}
