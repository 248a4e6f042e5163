// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// rootsIn reads the authorities in the files of a directory whose last extension is "pem", in any case. A file that cannot be read or is no PEM file is skipped. A
// directory without any gives an empty pool, which trusts nobody.
func rootsIn(dir string) (*x509.CertPool, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("directory cannot be listed: %w", err)
	}
	pool := x509.NewCertPool()
	for _, e := range entries {
		if !strings.EqualFold(filepath.Ext(e.Name()), ".pem") {
			continue
		}
		if data, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil {
			pool.AppendCertsFromPEM(data)
		}
	}
	return pool, nil
}
