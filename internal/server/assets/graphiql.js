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

  function fetcher(params) {
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
    var tries = 0;
    var timer = window.setInterval(function () {
      var button = document.querySelector('.graphiql-execute-button');
      tries += 1;
      if (button && document.querySelector('.graphiql-query-editor .CodeMirror')) {
        window.clearInterval(timer);
        button.click();
      } else if (tries > 200) {
        window.clearInterval(timer);
      }
    }, 25);
  }
})();
