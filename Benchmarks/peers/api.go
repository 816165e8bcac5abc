// What a careful Go programmer would write instead of our services: net/http, golang-jwt, SQLite, with NATS between the edge and the
// service, or both in one process. Durable (WAL, synchronous FULL, one writer), every token's Ed25519 signature checked.
//
//	api edge PORT KEY URL      HTTP, tokens, and a NATS request for each that passes
//	api service URL DATABASE   answers them
//	api whole PORT KEY DATABASE
package main

import (
	"context"
	"crypto"
	"database/sql"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt"
	"github.com/mattn/go-sqlite3"
	"github.com/nats-io/nats.go"
)

const schema = `CREATE TABLE IF NOT EXISTS element (id INTEGER PRIMARY KEY, element_type TEXT NOT NULL, element_id INTEGER NOT NULL,
  sequence_number INTEGER NOT NULL, comment TEXT NOT NULL, UNIQUE (element_type, element_id), UNIQUE (element_type, sequence_number))`

const insert = `INSERT INTO element (element_type, element_id, sequence_number, comment)
  SELECT ?1, ?2, coalesce(max(sequence_number), 0) + 1, ?3 FROM element WHERE element_type = ?1 RETURNING sequence_number`

type Element struct {
	ElementType    string `json:"elementType"`
	ElementID      int64  `json:"elementId"`
	SequenceNumber int64  `json:"sequenceNumber"`
	Comment        string `json:"comment"`
}

type Question struct {
	Operation string  `json:"operation"`
	Element   Element `json:"element"`
}

type Answer struct {
	Status  int      `json:"status"`
	Element *Element `json:"element"`
}

// Ask is the bus, or a function call where edge and service are one process.
type Ask func(Question) (Answer, error)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// --- service ---

type Store struct{ read, write *sql.Stmt }

func openStore(path string) Store {
	options := "?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000&_txlock=immediate"
	writer, err := sql.Open("sqlite3", "file:"+path+options)
	check(err)
	writer.SetMaxOpenConns(1)
	_, err = writer.Exec(schema)
	check(err)
	reader, err := sql.Open("sqlite3", "file:"+path+options+"&mode=ro")
	check(err)
	reader.SetMaxOpenConns(4)
	reader.SetMaxIdleConns(4)
	write, err := writer.Prepare(insert)
	check(err)
	read, err := reader.Prepare("SELECT sequence_number, comment FROM element WHERE element_type = ? AND element_id = ?")
	check(err)
	return Store{read, write}
}

func (s Store) answer(q Question) (Answer, error) {
	element := q.Element
	if q.Operation == "create" {
		err := s.write.QueryRow(element.ElementType, element.ElementID, element.Comment).Scan(&element.SequenceNumber)
		if problem, ok := err.(sqlite3.Error); ok && problem.Code == sqlite3.ErrConstraint {
			return Answer{Status: http.StatusConflict}, nil
		}
		return Answer{http.StatusCreated, &element}, err
	}
	err := s.read.QueryRow(element.ElementType, element.ElementID).Scan(&element.SequenceNumber, &element.Comment)
	if err == sql.ErrNoRows {
		return Answer{Status: http.StatusNotFound}, nil
	}
	return Answer{http.StatusOK, &element}, err
}

func serveBus(url string, store Store) {
	connection, err := nats.Connect(url)
	check(err)
	_, err = connection.Subscribe("element", func(m *nats.Msg) {
		go func() {
			var question Question
			check(json.Unmarshal(m.Data, &question))
			answer, err := store.answer(question)
			if err != nil {
				log.Print(err)
				answer = Answer{Status: http.StatusInternalServerError}
			}
			body, err := json.Marshal(answer)
			check(err)
			check(m.Respond(body))
		}()
	})
	check(err)
	check(connection.Flush())
}

// --- edge ---

func overBus(url string) Ask {
	connection, err := nats.Connect(url)
	check(err)
	return func(question Question) (answer Answer, err error) {
		body, err := json.Marshal(question)
		if err != nil {
			return
		}
		limit, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		reply, err := connection.RequestWithContext(limit, "element", body)
		if err != nil {
			return
		}
		err = json.Unmarshal(reply.Data, &answer)
		return
	}
}

func send(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	check(err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func verifier(path string) func(*http.Request) bool {
	pem, err := os.ReadFile(path)
	check(err)
	key, err := jwt.ParseEdPublicKeyFromPEM(pem)
	check(err)
	parser := jwt.Parser{ValidMethods: []string{"EdDSA"}}
	return func(r *http.Request) bool {
		words := strings.SplitN(r.Header.Get("Authorization"), " ", 2)
		if len(words) != 2 || words[0] != "Bearer" {
			return false
		}
		claims := jwt.StandardClaims{}
		_, err := parser.ParseWithClaims(words[1], &claims, func(*jwt.Token) (any, error) { return crypto.PublicKey(key), nil })
		return err == nil && claims.VerifyExpiresAt(time.Now().Unix(), true) && claims.VerifyIssuer("bench", true) &&
			claims.VerifyAudience("bench", true)
	}
}

func question(r *http.Request) (q Question, ok bool) {
	if r.Method == http.MethodPost {
		q.Operation = "create"
		body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 1<<20))
		return q, err == nil && json.Unmarshal(body, &q.Element) == nil && q.Element.ElementID > 0 && q.Element.ElementType != ""
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/sequence/"), "/")
	if len(parts) != 2 {
		return q, false
	}
	id, err := strconv.ParseInt(parts[1], 10, 64)
	return Question{"read", Element{ElementType: parts[0], ElementID: id}}, err == nil
}

func serveHTTP(port, key string, ask Ask) {
	isKnown := verifier(key)
	http.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) { send(w, 200, map[string]string{"status": "healthy"}) })
	handle := func(w http.ResponseWriter, r *http.Request) {
		if !isKnown(r) {
			send(w, http.StatusUnauthorized, nil)
			return
		}
		asked, ok := question(r)
		if !ok {
			send(w, http.StatusBadRequest, nil)
			return
		}
		answer, err := ask(asked)
		if err != nil {
			log.Print(err)
			answer = Answer{Status: http.StatusServiceUnavailable}
		}
		send(w, answer.Status, answer.Element)
	}
	http.HandleFunc("/sequence", handle)
	http.HandleFunc("/sequence/", handle)
	check(http.ListenAndServe("127.0.0.1:"+port, nil))
}

func main() {
	switch words := os.Args[1:]; words[0] {
	case "edge":
		serveHTTP(words[1], words[2], overBus(words[3]))
	case "service":
		serveBus(words[1], openStore(words[2]))
		select {}
	case "whole":
		serveHTTP(words[1], words[2], openStore(words[3]).answer)
	}
}
