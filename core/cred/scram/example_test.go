// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package scram_test

import (
	"errors"
	"fmt"

	"github.com/torsion-go/torsion/core/cred/scram"
)

// Both sides prove that they know the password, and neither sends it. The server has keys only.
func Example() {
	users := new(scram.Users)
	keys, err := scram.NewKeys(scram.SHA256, "pencil", 4096)
	if err != nil {
		fmt.Println(err)
		return
	}
	users.Set("alice", keys)

	c, err := scram.NewClient(scram.ClientConfig{Username: "alice", Password: "pencil"})
	if err != nil {
		fmt.Println(err)
		return
	}
	s := scram.NewServer(scram.ServerConfig{})

	clientFirst, err1 := c.First()
	user, err2 := s.First(clientFirst)
	found, known := users.Keys(user, scram.SHA256)
	serverFirst, err3 := s.Challenge(found, known)
	clientFinal, err4 := c.Final(serverFirst)
	serverFinal, err5 := s.Final(clientFinal)
	err6 := c.Verify(serverFinal)
	_, proved := s.Credentials()
	fmt.Println(user, proved, errors.Join(err1, err2, err3, err4, err5, err6))
	// Output: alice true <nil>
}
