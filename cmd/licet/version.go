package main

import (
	"runtime"
	"runtime/debug"
)

// versionCommand prints what runs.
type versionCommand struct{}

// version is what there is to know about the program.
type version struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	System  string `json:"system"`
}

// currentVersion reads what the Go command wrote into the program; nothing is linked in by hand.
func currentVersion() version {
	v := version{Version: "devel", Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Commit = s.Value
		}
	}
	return v
}

// Run prints it.
func (*versionCommand) Run(t *tool) error {
	v := currentVersion()
	return t.print(v, func() [][2]string {
		return [][2]string{{"version", v.Version}, {"commit", v.Commit}, {"go", v.Go}, {"system", v.System}}
	})
}
