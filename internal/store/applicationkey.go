package store

// settingApplicationKey is where the sealed key is that signs answers to applications.
const settingApplicationKey = "application.ed25519"

// ApplicationKey returns the sealed key that signs answers to applications of the whole server, and whether there is one.
func (tx *Tx) ApplicationKey() (sealed string, found bool, err error) {
	return tx.ServerSetting(settingApplicationKey)
}

// AddApplicationKey keeps a sealed key unless there is one already, and returns what is kept: of many replicas that start at
// once, all get the same.
func (tx *Tx) AddApplicationKey(sealed string) (string, error) {
	return tx.AddServerSetting(settingApplicationKey, sealed)
}
