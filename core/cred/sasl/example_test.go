// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sasl_test

import (
	"fmt"

	"github.com/torsion-go/torsion/core/cred/sasl"
	"github.com/torsion-go/torsion/core/cred/scram"
)

// The client takes the strongest mechanism that the server offers. The bytes in between are the protocol's business.
func Example() {
	users := new(scram.Users)
	keys, err := scram.NewKeys(scram.SHA256, "pencil", 4096)
	if err != nil {
		fmt.Println(err)
		return
	}
	users.Set("alice", keys)
	config := sasl.ServerConfig{Keys: users.Keys, Allow: []string{"PLAIN", "SCRAM-SHA-256"}}
	offered := config.Mechanisms()
	fmt.Println("offered:", offered) // PLAIN needs TLS

	c, err := sasl.NewClient(offered, sasl.ClientConfig{Username: "alice", Password: "pencil"})
	if err != nil {
		fmt.Println(err)
		return
	}
	mechanism, response, err := c.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := sasl.NewServer(mechanism, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	for {
		challenge, done, err := s.Next(response)
		if err != nil {
			fmt.Println(err)
			return
		}
		if done {
			break
		}
		if response, err = c.Next(challenge); err != nil {
			fmt.Println(err)
			return
		}
	}
	_, ok := s.Credentials()
	fmt.Println(mechanism, ok, c.Done())
	// Output:
	// offered: [SCRAM-SHA-256]
	// SCRAM-SHA-256 true <nil>
}
