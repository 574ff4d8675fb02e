// Starts GraphiQL. What is typed is kept in memory only: a query may hold a
// personal number, which belongs neither in the browser's storage nor in the
// address.
(function () {
  'use strict';

  var memory = new Map();
  var storage = {
    getItem: function (key) { return memory.has(key) ? memory.get(key) : null; },
    setItem: function (key, value) { memory.set(key, String(value)); },
    removeItem: function (key) { memory.delete(key); },
    clear: function () { memory.clear(); },
    get length() { return memory.size; },
  };

  var asked = false; // something but the schema

  function fetcher(params) {
    asked = asked || params.operationName !== 'IntrospectionQuery';
    return fetch('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Accept': 'application/json' },
      body: JSON.stringify(params),
      credentials: 'same-origin',
    }).then(function (response) { return response.json(); });
  }

  var first = document.getElementById('first-query').textContent.trim();
  var address = new URLSearchParams(window.location.search);
  var query = address.get('query') || first;

  ReactDOM.createRoot(document.getElementById('graphiql')).render(
    React.createElement(GraphiQL, {
      fetcher: fetcher,
      query: query,
      defaultQuery: first,
      storage: storage,
      shouldPersistHeaders: false,
      isHeadersEditorEnabled: false,
      defaultEditorToolsVisibility: false,
      forcedTheme: 'light',
    })
  );

  // The start page's links ask for their query to be run. Only a query is: a
  // link from anywhere must not change anything.
  if (address.has('run') && /^\s*(query\b|\{)/.test(query) && !/\b(mutation|subscription)\b/.test(query)) {
    // On a busy machine the button is there before it does anything. It is pressed
    // again only after a while, for it is also what stops a query.
    var tries = 0;
    var timer = window.setInterval(function () {
      var button = document.querySelector('.graphiql-execute-button');
      tries += 1;
      if (asked || tries > 400) {
        window.clearInterval(timer);
      } else if (button && tries % 20 === 0 && document.querySelector('.graphiql-query-editor .CodeMirror')) {
        button.click();
      }
    }, 25);
  }
})();
