// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inetd

import (
	"fmt"
	"strconv"
	"strings"
)

// Ports are the numbers of services by "name/protocol", such as "echo/udp", as in /etc/services.
type Ports map[string]uint16

// maxPorts bounds what is kept of a file of services.
const maxPorts = 65536

// builtin are the services that this package has, which are known without a file.
var builtin = []struct {
	name string
	port uint16
}{{"echo", 7}, {"discard", 9}, {"daytime", 13}, {"chargen", 19}, {"time", 37}}

// ParsePorts reads a file of services: "NAME PORT/PROTOCOL [ALIASES]" and "#" for comments. Of several with one name the first counts. Lines that are wrong are left out, as the C
// library does. The services that are built in are always there. Safe from any goroutine.
func ParsePorts(text string) Ports {
	p := Ports{}
	for l := range strings.Lines(text[:min(len(text), MaxFile)]) {
		l, _, _ = strings.Cut(l, "#")
		f := strings.Fields(l)
		if len(f) < 2 || len(p) > maxPorts {
			continue
		}
		number, protocol, _ := strings.Cut(f[1], "/")
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			continue
		}
		for _, name := range append(f[:1:1], f[2:]...) {
			p.add(name, protocol, uint16(n))
		}
	}
	for _, b := range builtin {
		p.add(b.name, "tcp", b.port)
		p.add(b.name, "udp", b.port)
	}
	return p
}

func (p Ports) add(name, protocol string, port uint16) {
	if _, ok := p[name+"/"+protocol]; !ok {
		p[name+"/"+protocol] = port
	}
}

// Lookup returns the port of a service by name or number. Port 0 lets the system choose.
func (p Ports) Lookup(service, protocol string) (uint16, error) {
	if n, err := strconv.ParseUint(service, 10, 16); err == nil {
		return uint16(n), nil
	}
	if n, ok := p[service+"/"+protocol]; ok {
		return n, nil
	}
	return 0, fmt.Errorf("service %s/%s is unknown; give it a line in the file of services, or write a number", service, protocol)
}
