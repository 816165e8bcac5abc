// The NATS peer: request/reply and core publish/subscribe with NATS's own Go client, one client process a side, through nats-server.
//
//	nats serve URL    nats call URL IN_FLIGHT SECONDS    nats publish URL    nats subscribe URL SECONDS
package main

import (
	"fmt"
	"log"
	"os"
	"sort"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

const payloadBytes = 128

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func seconds(text string) time.Duration {
	value, err := strconv.ParseFloat(text, 64)
	check(err)
	return time.Duration(value * float64(time.Second))
}

func serve(connection *nats.Conn) {
	_, err := connection.Subscribe("bench.echo", func(m *nats.Msg) { check(m.Respond(m.Data)) })
	check(err)
	select {}
}

// One goroutine a call in flight, as its users write it.
func call(connection *nats.Conn, inFlight int, length time.Duration) {
	start := time.Now().Add(200 * time.Millisecond)
	end := start.Add(length)
	results := make([][]float64, inFlight)
	var all sync.WaitGroup
	for i := range results {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			payload := make([]byte, payloadBytes)
			for before := time.Now(); before.Before(end); {
				_, err := connection.Request("bench.echo", payload, 5*time.Second)
				check(err)
				after := time.Now()
				if after.After(start) {
					results[i] = append(results[i], float64(after.Sub(before).Nanoseconds())/1000)
				}
				before = after
			}
		}(i)
	}
	all.Wait()
	var samples []float64
	for _, result := range results {
		samples = append(samples, result...)
	}
	sort.Float64s(samples)
	fmt.Printf("{\"perSecond\": %.0f, \"p50\": %.1f, \"p99\": %.1f}\n", float64(len(samples))/length.Seconds(),
		samples[len(samples)/2], samples[len(samples)*99/100])
}

func main() {
	connection, err := nats.Connect(os.Args[2])
	check(err)
	switch os.Args[1] {
	case "serve":
		serve(connection)
	case "call":
		inFlight, err := strconv.Atoi(os.Args[3])
		check(err)
		call(connection, inFlight, seconds(os.Args[4]))
	}
}
