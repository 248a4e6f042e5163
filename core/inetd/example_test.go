// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inetd_test

import (
	"fmt"

	"github.com/torsion-go/torsion/core/inetd"
)

func ExampleParse() {
	entries, err := inetd.Parse("127.0.0.1:4000 stream tcp nowait.600 nobody /bin/cat cat -u\nbad line\n")
	for _, e := range entries {
		fmt.Println(e.Line, e.Host, e.Service, e.Network, e.Rate, e.User, e.Program, e.Args)
	}
	fmt.Println(err)
	// Output:
	// 1 127.0.0.1 4000 tcp 600 nobody /bin/cat [cat -u]
	// inetd: line 2: 2 fields, where there are at least 6: service, stream or dgram, protocol, wait or nowait, user, program
}
