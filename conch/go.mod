module github.com/torsion-go/torsion/conch

go 1.26.0
