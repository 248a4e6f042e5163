// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package privilege_test

import (
	"fmt"

	"github.com/torsion-go/torsion/core/privilege"
)

func ExampleLookup() {
	_, err := privilege.Lookup("no-such-user", "")
	fmt.Println(err)
	id, err := privilege.Lookup("", "4000000000")
	fmt.Println(id.UID, id.GID, id.Groups, err)
	// Output:
	// there is no user "no-such-user"
	// -1 4000000000 [4000000000] <nil>
}
