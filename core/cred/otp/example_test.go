// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package otp_test

import (
	"fmt"
	"time"

	"github.com/torsion-go/torsion/core/cred/otp"
)

// The first vector of RFC 6238, appendix B.
func ExampleKey_TOTP() {
	key := otp.Key{Secret: []byte("12345678901234567890"), Digits: 8}
	fmt.Println(key.TOTP(time.Unix(59, 0)))
	// Output: 94287082
}
