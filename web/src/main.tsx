/** Starts the explorer page. */

import { render } from 'preact';
import './style/base.css';
import './style/parts.css';
import './style/views.css';
import { App } from './app.js';

render(<App />, document.getElementById('page')!);
