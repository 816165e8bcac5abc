// `/docs.js`: what makes the operations of `/docs` ones that can be tried. It binds to the forms that `TryForm` writes.
//
// Tokens and keys are in this page's memory and nowhere else: not in an address, not in storage; they are gone with the page. It asks its
// own origin only, and writes what comes as text, never as markup.

enum DocsScript {
    static let text = #"""
        "use strict";

        (() => {
          const MOST_SHOWN = 200_000;
          let token = "";
          let apiKey = "";

          const find = (selector, root = document) => root.querySelector(selector);

          function say(text, isBad = false) {
            const status = find("#identity");
            status.textContent = text;
            status.classList.toggle("failed", isBad);
          }

          // MARK: Asking

          function fields(form, place) {
            return [...form.elements].filter((field) => field.dataset.in === place);
          }

          function address(form) {
            let path = form.dataset.path;
            for (const field of fields(form, "path")) {
              path = path.replace(`{${field.name}}`, () => encodeURIComponent(field.value));
            }
            const query = new URLSearchParams();
            for (const field of fields(form, "query")) {
              if (field.value !== "") query.append(field.name, field.value);
            }
            return query.size > 0 ? `${path}?${query}` : path;
          }

          function headers(form) {
            const headers = new Headers({ Accept: "application/json" });
            for (const field of fields(form, "header")) {
              if (field.value !== "") headers.set(field.name, field.value);
            }
            if (token !== "") headers.set("Authorization", `Bearer ${token}`);
            else if (apiKey !== "") headers.set("X-API-Key", apiKey);
            return headers;
          }

          async function ask(method, path, headers, body) {
            const began = performance.now();
            if (body !== undefined) headers.set("Content-Type", "application/json");
            const answer = await fetch(path, {
              method, headers, body, credentials: "omit", cache: "no-store", redirect: "error", referrerPolicy: "no-referrer",
            });
            const text = await answer.text();
            return { answer, text, took: Math.round(performance.now() - began) };
          }

          // MARK: Showing

          function pretty(text) {
            try {
              // Numbers beyond 2^53 would change on the way through: then the text stays as it came.
              const numbers = text.replace(/"(?:[^"\\]|\\.)*"/g, "");
              return /[0-9]{16}/.test(numbers) ? text : JSON.stringify(JSON.parse(text), null, 2);
            } catch {
              return text;
            }
          }

          function show(form, { answer, text, took }) {
            const line = find("[data-shows=status]", form);
            line.textContent = `${answer.status} ${answer.statusText} in ${took} ms`;
            line.classList.toggle("failed", !answer.ok);
            const told = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
            const body = pretty(text);
            const rest = body.length > MOST_SHOWN ? `\n… and ${body.length - MOST_SHOWN} more characters` : "";
            const pane = find("[data-shows=answer]", form);
            pane.textContent = `${told}\n\n${body.slice(0, MOST_SHOWN)}${rest}`;
            pane.hidden = false;
          }

          function fail(form, error) {
            const line = find("[data-shows=status]", form);
            line.textContent = `No answer: ${error.message}`;
            line.classList.add("failed");
          }

          // MARK: Who asks

          /// An answer that has a token is a log-in, or a step up: it counts from then on.
          function keep(text) {
            let members;
            try {
              members = JSON.parse(text);
            } catch {
              return;
            }
            if (typeof members?.access_token !== "string") return;
            token = members.access_token;
            say("Logged in. The token is in this page's memory only.");
          }

          async function logIn(event) {
            event.preventDefault();
            const form = event.currentTarget;
            const { username, password } = form.elements;
            const body = JSON.stringify({ username: username.value, password: password.value });
            password.value = "";
            try {
              const { answer, text } = await ask("POST", form.dataset.path, new Headers(), body);
              if (answer.ok) keep(text);
              else say(`${answer.status}: ${JSON.parse(text).detail}`, true);
            } catch (error) {
              say(`No answer: ${error.message}`, true);
            }
          }

          function take(event) {
            event.preventDefault();
            const form = event.currentTarget;
            const { bearer, key } = form.elements;
            if (bearer.value !== "") token = bearer.value;
            if (key.value !== "") [token, apiKey] = [bearer.value, key.value];
            form.reset();
            say(token !== "" ? "Requests bring the access token." : apiKey !== "" ? "Requests bring the API key." : "Nobody.");
          }

          function forget() {
            [token, apiKey] = ["", ""];
            say("Nobody: tokens and keys are forgotten.");
          }

          // MARK: Binding

          async function send(event) {
            event.preventDefault();
            const form = event.currentTarget;
            const button = find("button", form);
            button.disabled = true;
            try {
              const body = fields(form, "body")[0]?.value;
              const outcome = await ask(form.dataset.method, address(form), headers(form), body);
              show(form, outcome);
              if (outcome.answer.ok) keep(outcome.text);
            } catch (error) {
              fail(form, error);
            } finally {
              button.disabled = false;
              button.focus();
            }
          }

          for (const form of document.querySelectorAll("form[data-method]")) form.addEventListener("submit", send);
          find("#login")?.addEventListener("submit", logIn);
          find("#credentials").addEventListener("submit", take);
          find("#forget").addEventListener("click", forget);
          for (const element of document.querySelectorAll("[data-needs=script]")) element.hidden = false;
        })();

        """#
}
