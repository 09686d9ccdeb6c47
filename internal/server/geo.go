package server

// Geo is what the server knows of countries, for the address rules of vendors.
type Geo struct {
	// Database is a file in the format of MaxMind that tells the countries of addresses, such as GeoLite2-Country.mmdb. It is read
	// again within a minute when it changes.
	// Default none: the country of no address is known.
	Database string `help:"File in the format of MaxMind that tells the countries of addresses, for address rules." env:"DATABASE" placeholder:"FILE" toml:"database"`
}
