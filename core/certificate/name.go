// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package certificate

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
)

// A DistinguishedName is the name of a subject or issuer, with the parts that are in use. It is comparable. Twisted: DistinguishedName, DN.
type DistinguishedName struct {
	CommonName         string // CN
	Organization       string // O
	OrganizationalUnit string // OU
	Locality           string // L
	Province           string // ST
	Country            string // C
	EmailAddress       string // emailAddress
}

var oidEmailAddress = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}

// nameOf takes the first value of each part.
func nameOf(n pkix.Name) DistinguishedName {
	first := func(v []string) string {
		if len(v) == 0 {
			return ""
		}
		return v[0]
	}
	dn := DistinguishedName{
		CommonName:         n.CommonName,
		Organization:       first(n.Organization),
		OrganizationalUnit: first(n.OrganizationalUnit),
		Locality:           first(n.Locality),
		Province:           first(n.Province),
		Country:            first(n.Country),
	}
	for _, a := range n.Names {
		if s, ok := a.Value.(string); ok && a.Type.Equal(oidEmailAddress) {
			dn.EmailAddress = s
		}
	}
	return dn
}

func (dn DistinguishedName) pkix() pkix.Name {
	list := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	n := pkix.Name{
		CommonName:         dn.CommonName,
		Organization:       list(dn.Organization),
		OrganizationalUnit: list(dn.OrganizationalUnit),
		Locality:           list(dn.Locality),
		Province:           list(dn.Province),
		Country:            list(dn.Country),
	}
	if dn.EmailAddress != "" {
		// RFC 5280, section 4.1.2.6: an IA5String.
		n.ExtraNames = []pkix.AttributeTypeAndValue{{Type: oidEmailAddress, Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte(dn.EmailAddress)}}}
	}
	return n
}

// parts returns the parts with their keywords in the order in which they are printed.
func (dn DistinguishedName) parts() [7][2]string {
	return [7][2]string{
		{"CN", dn.CommonName}, {"O", dn.Organization}, {"OU", dn.OrganizationalUnit}, {"L", dn.Locality},
		{"ST", dn.Province}, {"C", dn.Country}, {"emailAddress", dn.EmailAddress},
	}
}

// String returns the parts that are there as "CN=example.org,O=Example". Commas and backslashes in values are escaped by a backslash.
func (dn DistinguishedName) String() string {
	var parts []string
	escape := strings.NewReplacer(`\`, `\\`, ",", `\,`)
	for _, p := range dn.parts() {
		if p[1] != "" {
			parts = append(parts, p[0]+"="+escape.Replace(p[1]))
		}
	}
	return strings.Join(parts, ",")
}
