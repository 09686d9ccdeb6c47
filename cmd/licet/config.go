package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"

	"licet/internal/server"
)

// fileSettings is what a configuration file may set: the flags that say where things are, and all of the
// server's.
type fileSettings struct {
	Data          string `toml:"data"`
	Database      string `toml:"database"`
	DatabaseFile  string `toml:"database_file"`
	MasterKeyFile string `toml:"master_key_file"`
	server.Config
}

// configFile is the path of a configuration file.
type configFile string

// BeforeResolve reads the file, before the flags that were not given get their values.
func (configFile) BeforeResolve(ctx *kong.Context, trace *kong.Path) error {
	path, ok := ctx.FlagValue(trace.Flag).(configFile)
	if !ok || path == "" {
		return nil
	}
	settings, err := readConfig(string(path))
	if err != nil {
		return fmt.Errorf("configuration file: %w", err)
	}
	ctx.AddResolver(settings)
	return nil
}

// settings are the values of a configuration file, by the name of the flag that says the same.
type settings map[string]any

// readConfig reads a file, and refuses a key that is none and a value that cannot be meant.
func readConfig(path string) (settings, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var known fileSettings
	meta, err := toml.Decode(string(text), &known)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("%s: unknown key %q; the keys are listed in docs/cli.md", path, unknown[0])
	}
	var tree map[string]any
	if _, err := toml.Decode(string(text), &tree); err != nil {
		return nil, err
	}
	out := make(settings)
	out.flatten("", tree)
	return out, nil
}

// flatten gives each value the name of its flag: tls.cert_file is --tls-cert-file.
func (s settings) flatten(prefix string, tree map[string]any) {
	for key, value := range tree {
		name := prefix + strings.ReplaceAll(key, "_", "-")
		if below, ok := value.(map[string]any); ok {
			s.flatten(name+"-", below)
			continue
		}
		s[name] = value
	}
}

// Validate has nothing to do: readConfig did.
func (settings) Validate(*kong.Application) error { return nil }

// Resolve returns the value for a flag that was not given. The environment wins over the file.
func (s settings) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Tag.Envs {
		if os.Getenv(name) != "" {
			return nil, nil
		}
	}
	serving := parent.App != nil || parent.Command != nil && parent.Command.Name == "serve"
	if !serving && !ofServer(flag.Name) {
		return nil, nil // A flag of another command may be called like a setting.
	}
	return s[flag.Name], nil
}

// ofServer reports whether a flag means the setting of that name wherever it is found: some commands do what the server does.
func ofServer(flag string) bool {
	return strings.HasPrefix(flag, "mail-") || strings.HasPrefix(flag, "geo-") || strings.HasPrefix(flag, "outbound-") || flag == "portal-public-url"
}
