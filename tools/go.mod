module github.com/torsion-go/torsion/tools

go 1.26.0

require (
	github.com/torsion-go/torsion/core v0.1.0
	github.com/torsion-go/torsion/web v0.1.0
	github.com/spf13/cobra v1.10.2
)
