// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import "github.com/torsion-go/torsion/core/app"

// formatCombined is the log format with which a web server writes requests as Apache does, and everything else as text.
const formatCombined = "combined"

// openLog opens the log. With the format combined, standard output is for requests.
func openLog(spec app.LogSpec) (app.Log, error) {
	if spec.Format == formatCombined {
		spec.Format = app.FormatText
		if spec.File == "" {
			spec.File = "+"
		}
	}
	return app.OpenLog(spec)
}
