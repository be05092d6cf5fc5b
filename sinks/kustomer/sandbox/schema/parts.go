package schema

import "regexp"

// Pieces that several tables share (kustomer-api.md 2.4).
var (
	anID        = formatted(hexID)
	aDate       = formatted(dateTime)
	maybeDate   = nullable(formatted(dateTime))
	customAttrs = &Rule{types: []string{"object"}, suffixes: true, maxProps: 100}
	tagList     = listOf(20, &Rule{types: []string{"string"}, minLen: 1, maxLen: 64, pattern: tagName})
	tagName     = regexp.MustCompile(`^[0-9a-zA-ZÀ-ÿ_/<>\-.][0-9a-zA-ZÀ-ÿ_/<>\-. ]*$`)
	inOrOut     = enum("in", "out")
	aSentiment  = objectOf(Fields{
		"polarity":   {types: []string{"integer"}, whole: []int{-1, 0, 1}},
		"confidence": between(-1, 1),
	}, "polarity", "confidence")
	aQueue = &Rule{types: []string{"object"}, minProps: 1, fields: Fields{
		"id": anID, "external": enum("amazon-connect"),
	}}
	aLocation = objectOf(Fields{
		"type": enum("home", "work", "other"), "name": str(256),
		"address": str(256), "address2": str(256), "address3": str(256),
		"latitude": number(), "longitude": number(),
		"countryCode": textFrom(2, 2), "countryName": str(64), "regionCode": str(2), "regionName": str(128),
		"cityName": str(128), "zipCode": str(30), "areaCode": str(30),
	})
)
